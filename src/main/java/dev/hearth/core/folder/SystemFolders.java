package dev.hearth.core.folder;

import java.util.Set;

/** Folders of the system, the kernel or Hearth, which no volume may hide, nor folders in them. */
public final class SystemFolders {
    private static final Set<String> ALL = Set.of(
            "/artifacts",
            "/bin",
            "/boot",
            "/dev",
            "/etc",
            "/lib",
            "/lib32",
            "/lib64",
            "/libx32",
            "/proc",
            "/run",
            "/sbin",
            "/sys",
            "/var/run");

    private SystemFolders() {}

    /** Whether a path is a system folder, or in one. */
    public static boolean contain(String path) {
        return ALL.stream().anyMatch(folder -> isIn(folder, path));
    }

    /** Whether a path is a folder, or in it. */
    public static boolean isIn(String folder, String path) {
        return path.equals(folder) || path.startsWith(folder + "/");
    }
}
