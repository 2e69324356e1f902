package dev.hearth.core.folder;

import java.util.Set;

/** Folders of a container that no volume may hide, with all that is below: of the system, of the kernel or of Hearth. */
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

    public static boolean contain(String path) {
        return ALL.stream().anyMatch(folder -> isIn(folder, path));
    }

    /** Whether a path is a folder, or below it. */
    public static boolean isIn(String folder, String path) {
        return path.equals(folder) || path.startsWith(folder + "/");
    }
}
