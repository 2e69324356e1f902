package dev.hearth.core.validation;

import static dev.hearth.core.folder.SystemFolders.isIn;

import dev.hearth.api.OperatingSystem;
import dev.hearth.api.TaskCache;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.folder.ReportFolders;
import dev.hearth.core.folder.SystemFolders;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Checks the paths of task caches: a cache must not hide another volume, or directories that a command needs. */
public final class CacheFolderRules {
    /** Directories that cannot be caches or contain caches, in addition to {@link SystemFolders}. */
    private static final Set<String> RESERVED =
            Set.of("/hearth", "c:/artifacts", "c:/hearth", "c:/windows", "c:/dev", "c:/var/run");

    /** Directories that cannot be caches but may contain caches, since images have files of their own there. */
    private static final Set<String> SHARED = Set.of(
            "/home",
            "/opt",
            "/root",
            "/srv",
            "/usr",
            "/usr/bin",
            "/usr/lib",
            "/usr/lib64",
            "/usr/libexec",
            "/usr/local",
            "/usr/local/bin",
            "/usr/local/lib",
            "/usr/sbin",
            "/usr/share",
            "/usr/src",
            "/var",
            "/workspace",
            "c:/program files",
            "c:/programdata",
            "c:/users",
            "c:/workspace");

    private CacheFolderRules() {}

    /** Returns what is wrong with the caches of a task and what to do about it. Empty if nothing is wrong. */
    public static Optional<String> problem(TaskSpec task) {
        var paths = task.caches().stream().map(TaskCache::path).toList();
        return Stream.of(paths.stream().flatMap(path -> problem(task, path).stream()), overlap(paths).stream())
                .flatMap(problems -> problems)
                .findFirst()
                .or(() -> task.caches().isEmpty() || task.podSecurity() != TaskSpec.PodSecurity.Privileged
                        ? Optional.empty()
                        : Optional.of("a task with podSecurity: Privileged cannot have caches, since its command could"
                                + " write all caches on its node; remove one of the two"))
                .map(problem -> "task " + task.name() + ": " + problem);
    }

    private static Optional<String> problem(TaskSpec task, String path) {
        var windows = path.charAt(0) != '/';
        if (windows != (task.os() == OperatingSystem.Windows)) {
            return Optional.of("caches has the path " + path + ", which is not a path of os: " + task.os() + "; write "
                    + (windows ? "/src/target, or os: Windows" : "C:\\src\\target, or os: Linux"));
        }
        var normalized = normalized(path);
        if (SHARED.contains(normalized)
                || SystemFolders.contain(normalized)
                || RESERVED.stream().anyMatch(reserved -> isIn(reserved, normalized))) {
            return Optional.of(
                    "caches has the path " + path + ", which would hide files that the task needs; use a separate"
                            + " directory, for example " + (windows ? "C:\\src\\target" : "/src/target"));
        }
        return outputFolders(task)
                .filter(other -> isIn(other, normalized) || isIn(normalized, other))
                .findFirst()
                .map(other -> "caches has the path " + path + ", which overlaps " + other
                        + ", a folder of its reports or artifact; use separate directories");
    }

    /** Returns the directories of reports and artifact, which are volumes. */
    private static Stream<String> outputFolders(TaskSpec task) {
        return Stream.concat(
                ReportFolders.of(task).stream(),
                Stream.ofNullable(task.artifact()).map(artifact -> artifact.path()));
    }

    private static Optional<String> overlap(List<String> paths) {
        return IntStream.range(0, paths.size())
                .boxed()
                .flatMap(at -> IntStream.range(0, paths.size())
                        .filter(other -> other != at && isIn(normalized(paths.get(at)), normalized(paths.get(other))))
                        .mapToObj(other -> "caches has " + paths.get(other) + " within " + paths.get(at)
                                + "; remove the inner path"))
                .findFirst();
    }

    /** Returns a path in a comparable form. Paths of Windows ignore case. */
    private static String normalized(String path) {
        return path.charAt(0) == '/' ? path : path.replace('\\', '/').toLowerCase(Locale.ROOT);
    }
}
