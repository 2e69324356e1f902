package dev.hearth.core.plan;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.core.glob.PathPattern;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds the inputs of artifacts: the files of the repository that decide their content. */
public final class ArtifactInputs {
    private static final List<String> EVERYTHING = List.of("*");

    private ArtifactInputs() {}

    /** Returns .gitignore patterns by build or task. Builds and tasks without a reusable artifact are missing. */
    public static Map<String, List<String>> of(PipelineSpec spec) {
        var patterns = new LinkedHashMap<String, List<String>>();
        if (!spec.artifacts().reuses()) {
            return patterns;
        }
        spec.builds().stream()
                // A build that pushes an image always runs. The cache makes that cheap.
                .filter(build -> build.artifact() && build.push() == null)
                .forEach(build ->
                        patterns.put(build.name(), build.inputs().isEmpty() ? context(build) : build.inputs()));
        spec.tasks().stream()
                .filter(task -> task.artifact() != null)
                .forEach(task -> patterns.put(task.name(), task.inputs().isEmpty() ? EVERYTHING : task.inputs()));
        return patterns;
    }

    /** Returns the build context, the only files that BuildKit reads. */
    private static List<String> context(BuildSpec build) {
        var folder = Path.of("/", build.context()).normalize().toString();
        return folder.equals("/") ? EVERYTHING : List.of(PathPattern.quoted(folder) + "/");
    }
}
