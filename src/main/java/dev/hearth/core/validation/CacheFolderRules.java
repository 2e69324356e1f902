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

/** Which directories of a task can be kept: none that another volume is at, and none that a command needs for itself. */
public final class CacheFolderRules {
    /** Besides those of every container, with all that is below. */
    private static final Set<String> RESERVED =
            Set.of("/hearth", "c:/artifacts", "c:/hearth", "c:/windows", "c:/dev", "c:/var/run");

    /** Too much is in them; a folder below may be taken. */
    private static final Set<String> CROWDED = Set.of(
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

    /** Why a task cannot have its caches, as a sentence that says what to do. */
    public static Optional<String> problem(TaskSpec task) {
        var paths = task.caches().stream().map(TaskCache::path).toList();
        return Stream.of(paths.stream().flatMap(path -> problem(task, path).stream()), overlap(paths).stream())
                .flatMap(problems -> problems)
                .findFirst()
                .or(() -> task.caches().isEmpty() || task.podSecurity() != TaskSpec.PodSecurity.Privileged
                        ? Optional.empty()
                        : Optional.of(
                                "podSecurity: Privileged and caches exclude each other, since a privileged command"
                                        + " could write every cache that its node has; remove one of them"))
                .map(problem -> "task " + task.name() + ": " + problem);
    }

    private static Optional<String> problem(TaskSpec task, String path) {
        var windows = path.charAt(0) != '/';
        if (windows != (task.os() == OperatingSystem.Windows)) {
            return Optional.of("caches has the path " + path + ", which is none of os: " + task.os() + "; write "
                    + (windows ? "/src/target, or os: Windows" : "C:\\src\\target, or os: Linux"));
        }
        var plain = plain(path);
        if (CROWDED.contains(plain)
                || SystemFolders.contain(plain)
                || RESERVED.stream().anyMatch(reserved -> isIn(reserved, plain))) {
            return Optional.of(
                    "caches has the path " + path + ", which hides what the task needs there; name a directory of"
                            + " its own, for example " + (windows ? "C:\\src\\target" : "/src/target"));
        }
        return others(task)
                .filter(other -> isIn(other, plain) || isIn(plain, other))
                .findFirst()
                .map(other -> "caches has the path " + path + ", which overlaps " + other
                        + ", where its reports or its artifact go; keep them apart");
    }

    /** Where the pod of a task has volumes for what it leaves. */
    private static Stream<String> others(TaskSpec task) {
        return Stream.concat(
                ReportFolders.of(task).stream(),
                Stream.ofNullable(task.artifact()).map(artifact -> artifact.path()));
    }

    private static Optional<String> overlap(List<String> paths) {
        return IntStream.range(0, paths.size())
                .boxed()
                .flatMap(at -> IntStream.range(0, paths.size())
                        .filter(other -> other != at && isIn(plain(paths.get(at)), plain(paths.get(other))))
                        .mapToObj(other -> "caches has " + paths.get(other) + " within " + paths.get(at)
                                + "; the outer one is enough"))
                .findFirst();
    }

    /** Windows takes capital letters for small ones. */
    private static String plain(String path) {
        return path.charAt(0) == '/' ? path : path.replace('\\', '/').toLowerCase(Locale.ROOT);
    }
}
