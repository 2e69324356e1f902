package dev.hearth.core.plan;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.core.glob.PathPattern;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which files of the repository decide what each build and task leaves for others. */
public final class ArtifactInputs {
    private static final List<String> EVERYTHING = List.of("*");

    private ArtifactInputs() {}

    /** Patterns as of a .gitignore file, by build or task; of those without an artifact none. */
    public static Map<String, List<String>> of(PipelineSpec spec) {
        var patterns = new LinkedHashMap<String, List<String>>();
        if (!spec.artifacts().reuses()) {
            return patterns;
        }
        spec.builds().stream()
                // What is pushed has to be built: the cache makes that cheap.
                .filter(build -> build.artifact() && build.push() == null)
                .forEach(build ->
                        patterns.put(build.name(), build.inputs().isEmpty() ? context(build) : build.inputs()));
        spec.tasks().stream()
                .filter(task -> task.artifact() != null)
                .forEach(task -> patterns.put(task.name(), task.inputs().isEmpty() ? EVERYTHING : task.inputs()));
        return patterns;
    }

    /** What BuildKit gets to see. */
    private static List<String> context(BuildSpec build) {
        var folder = Path.of("/", build.context()).normalize().toString();
        return folder.equals("/") ? EVERYTHING : List.of(PathPattern.quoted(folder) + "/");
    }
}
