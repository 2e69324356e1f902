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
 * Which folders of a task have to be volumes so that what keeps its reports sees them: none that a command needs for
 * itself, since an empty volume hides what the image has there.
 */
public final class ReportFolders {
    private static final String WORKSPACE = "/workspace";

    /** Too much is in them; a folder below may be taken. */
    private static final Set<String> CROWDED = Set.of("", "/home", "/opt", "/root", "/srv", "/usr/src", "/var");

    private ReportFolders() {}

    /** Folders for volumes, sorted, none within another; the workspace is a volume already. */
    public static List<String> of(List<ReportGlob> globs) {
        var folders = new TreeSet<String>();
        globs.stream().map(ReportGlob::folder).forEach(folders::add);
        return folders.stream()
                .filter(folder -> !isIn(WORKSPACE, folder))
                .filter(folder -> folders.stream().noneMatch(other -> !other.equals(folder) && isIn(other, folder)))
                .toList();
    }

    /** Those of a task; where its artifact is written is a volume already. */
    public static List<String> of(TaskSpec task) {
        var folders = of(globs(task));
        var artifact = task.artifact();
        return artifact == null
                ? folders
                : folders.stream()
                        .filter(reports -> !isIn(artifact.path(), reports))
                        .toList();
    }

    /** Why a task's pod cannot have the volumes that it needs, as a sentence that says what to do. */
    public static Optional<String> problem(TaskSpec task) {
        return problem(globs(task))
                .or(() -> Optional.ofNullable(task.artifact())
                        .map(TaskArtifact::path)
                        .filter(path -> path.equals(WORKSPACE) || hides(path))
                        .map(path -> "artifact.path " + path + " would need a volume there, which hides what the task"
                                + " needs; let the task leave its files in a folder of their own, for example /out"))
                .map(problem -> "task " + task.name() + ": " + problem);
    }

    private static List<ReportGlob> globs(TaskSpec task) {
        return Stream.concat(task.reports().junit().stream(), task.reports().files().stream())
                .map(ReportGlob::new)
                .toList();
    }

    /** Why there can be no volumes for these patterns, as a sentence that says what to do; empty where there can. */
    public static Optional<String> problem(List<ReportGlob> globs) {
        return globs.stream()
                .flatMap(glob -> glob.problem().or(() -> problem(glob)).stream())
                .findFirst();
    }

    private static Optional<String> problem(ReportGlob glob) {
        var folder = glob.folder();
        return hides(folder)
                ? Optional.of("the report pattern " + glob.text() + " would need a volume at "
                        + (folder.isEmpty() ? "/" : folder)
                        + ", which hides what the task needs there; let the task write its reports to a folder of their"
                        + " own, for example /reports, and write /reports/*.xml")
                : Optional.empty();
    }

    private static boolean hides(String folder) {
        return CROWDED.contains(folder)
                || SystemFolders.contain(folder)
                || (isIn("/usr", folder) && !isIn("/usr/src", folder));
    }
}
