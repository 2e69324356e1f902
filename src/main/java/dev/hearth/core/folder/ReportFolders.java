package dev.hearth.core.folder;

import static dev.hearth.core.folder.SystemFolders.isIn;

import dev.hearth.api.TaskArtifact;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.testreport.ReportGlob;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Decides which folders of a task are volumes, so that the collector of reports can read them. An empty volume would hide
 * the image's files, so folders that a command needs cannot be volumes.
 */
public final class ReportFolders {
    private static final String WORKSPACE = "/workspace";

    /** Folders that cannot be volumes although folders in them can. */
    private static final Set<String> SHARED = Set.of("", "/home", "/opt", "/root", "/srv", "/usr/src", "/var");

    private ReportFolders() {}

    /** Returns the folders of volumes, sorted, none within another. The workspace is a volume already. */
    public static List<String> of(List<ReportGlob> globs) {
        var folders = new TreeSet<String>();
        globs.stream().map(ReportGlob::folder).forEach(folders::add);
        return folders.stream()
                .filter(folder -> !isIn(WORKSPACE, folder))
                .filter(folder -> folders.stream().noneMatch(other -> !other.equals(folder) && isIn(other, folder)))
                .toList();
    }

    /** Returns the folders of a task. The folder of its artifact is a volume already. */
    public static List<String> of(TaskSpec task) {
        var folders = of(globs(task));
        var artifact = task.artifact();
        return artifact == null
                ? folders
                : folders.stream()
                        .filter(reports -> !isIn(artifact.path(), reports))
                        .toList();
    }

    /** Returns why a folder of a task cannot be a volume and what to do about it. Empty if all can. */
    public static Optional<String> problem(TaskSpec task) {
        return problem(globs(task))
                .or(() -> Optional.ofNullable(task.artifact())
                        .map(TaskArtifact::path)
                        .filter(path -> path.equals(WORKSPACE) || hides(path))
                        .map(path ->
                                "artifact.path " + path + " would hide files that the task needs; let the task write"
                                        + " its artifact to a separate folder, for example /out"))
                .map(problem -> "task " + task.name() + ": " + problem);
    }

    private static List<ReportGlob> globs(TaskSpec task) {
        return Stream.concat(task.reports().junit().stream(), task.reports().files().stream())
                .map(ReportGlob::new)
                .toList();
    }

    /** Returns why the folder of a pattern cannot be a volume and what to do about it. Empty if all can. */
    public static Optional<String> problem(List<ReportGlob> globs) {
        return globs.stream()
                .flatMap(glob -> glob.problem().or(() -> problem(glob)).stream())
                .findFirst();
    }

    private static Optional<String> problem(ReportGlob glob) {
        var folder = glob.folder();
        return hides(folder)
                ? Optional.of("the report pattern " + glob.text() + " needs a volume at "
                        + (folder.isEmpty() ? "/" : folder)
                        + ", which would hide files that the task needs; let the task write its reports to a separate"
                        + " folder, for example /reports, and use the pattern /reports/*.xml")
                : Optional.empty();
    }

    private static boolean hides(String folder) {
        return SHARED.contains(folder)
                || SystemFolders.contain(folder)
                || (isIn("/usr", folder) && !isIn("/usr/src", folder));
    }
}
