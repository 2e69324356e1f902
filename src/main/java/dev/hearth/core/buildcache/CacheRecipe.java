package dev.hearth.core.buildcache;

import dev.hearth.api.PipelineSpec;
import dev.hearth.core.glob.PathPattern;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files of a repository that decide the dependencies of its builds: those that the pipeline names, or else the
 * Dockerfiles and the files of the build tools that the repository uses.
 *
 * @param named patterns in {@code spec.cache.recipe}; empty if the pipeline names none
 * @param dockerfiles of its builds, as patterns
 */
public record CacheRecipe(List<String> named, List<String> dockerfiles) {

    public static CacheRecipe of(PipelineSpec spec) {
        return new CacheRecipe(spec.cache().recipe(), dockerfiles(spec));
    }

    private static List<String> dockerfiles(PipelineSpec spec) {
        return spec.builds().stream()
                .flatMap(build -> dockerfile(build.context(), build.dockerfile()).stream())
                .distinct()
                .toList();
    }

    /** Returns the file names whose presence in the repository decides the patterns. */
    public Set<String> markerFiles() {
        return named.isEmpty()
                ? TOOLS.stream().flatMap(tool -> tool.markers().stream()).collect(Collectors.toUnmodifiableSet())
                : Set.of();
    }

    /**
     * Returns the patterns of the recipe, in the syntax of .gitignore.
     *
     * @param found those of {@link #markerFiles} that the repository has in any directory
     */
    public List<String> patterns(Set<String> found) {
        if (!named.isEmpty()) {
            return named;
        }
        var tools = TOOLS.stream()
                .filter(tool -> tool.markers().stream().anyMatch(found::contains))
                .flatMap(tool -> tool.files().stream());
        return Stream.concat(dockerfiles.stream(), tools).toList();
    }

    /**
     * Returns a Dockerfile as a pattern from the root of the repository: the path as BuildKit resolves it, never outside of the
     * context. Empty if it is not a valid path.
     */
    public static Optional<String> dockerfile(String context, String path) {
        return dockerfilePath(context, path).map(file -> PathPattern.quoted("/" + file));
    }

    /** Returns the path of a Dockerfile from the root of the repository. Empty if it is not a valid path. */
    public static Optional<String> dockerfilePath(String context, String path) {
        try {
            var directory = Path.of("/", context).normalize();
            var file = Path.of("/", path).normalize();
            return Optional.of((directory + "/" + file).replaceAll("/+", "/").substring(1));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /**
     * A tool that downloads or compiles dependencies.
     *
     * @param markers names of files whose presence shows that the repository uses the tool
     * @param files patterns of the files that decide the dependencies
     */
    private record Tool(Set<String> markers, List<String> files) {}

    private static final Tool CARGO = new Tool(
            Set.of("Cargo.toml"),
            List.of("Cargo.toml", "Cargo.lock", ".cargo/", "build.rs", "rust-toolchain", "rust-toolchain.toml"));

    private static final Tool MAVEN = new Tool(Set.of("pom.xml"), List.of("pom.xml", ".mvn/"));

    private static final Tool GRADLE = new Tool(
            Set.of("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"),
            List.of(
                    "*.gradle",
                    "*.gradle.kts",
                    "gradle.properties",
                    "gradle.lockfile",
                    "*.versions.toml",
                    "gradle-wrapper.properties",
                    "buildSrc/"));

    private static final Tool NODE = new Tool(
            Set.of("package.json"),
            List.of(
                    "package.json",
                    "package-lock.json",
                    "npm-shrinkwrap.json",
                    ".npmrc",
                    "yarn.lock",
                    ".yarnrc",
                    ".yarnrc.yml",
                    "pnpm-lock.yaml",
                    "pnpm-workspace.yaml",
                    ".pnpmfile.cjs"));

    private static final Tool GO = new Tool(Set.of("go.mod"), List.of("go.mod", "go.sum", "go.work", "go.work.sum"));

    private static final Tool PYTHON = new Tool(
            Set.of("pyproject.toml", "requirements.txt", "setup.py", "setup.cfg"),
            List.of(
                    "pyproject.toml",
                    "requirements*.txt",
                    "constraints*.txt",
                    "setup.py",
                    "setup.cfg",
                    "poetry.lock",
                    "poetry.toml",
                    "uv.lock",
                    "uv.toml",
                    ".python-version"));

    private static final List<Tool> TOOLS = List.of(CARGO, MAVEN, GRADLE, NODE, GO, PYTHON);
}
