package dev.hearth.core.buildcache;

import dev.hearth.api.BuildSpec;
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
 * Which files of a repository decide what its builds depend on: those that the pipeline names, else those of the tools that
 * the repository uses.
 *
 * @param named by the pipeline, as patterns
 * @param dockerfiles of its builds, as patterns
 */
public record CacheRecipe(List<String> named, List<String> dockerfiles) {

    public static CacheRecipe of(PipelineSpec spec) {
        return new CacheRecipe(
                spec.cache().recipe(),
                spec.builds().stream()
                        .flatMap(build -> dockerfile(build).stream())
                        .distinct()
                        .toList());
    }

    /** File names that have to be looked for in the repository to know the patterns. */
    public Set<String> signs() {
        return named.isEmpty()
                ? TOOLS.stream().flatMap(tool -> tool.signs().stream()).collect(Collectors.toUnmodifiableSet())
                : Set.of();
    }

    /**
     * Patterns as of a .gitignore file.
     *
     * @param found those of {@link #signs} that the repository has in any directory
     */
    public List<String> patterns(Set<String> found) {
        if (!named.isEmpty()) {
            return named;
        }
        var tools = TOOLS.stream()
                .filter(tool -> tool.signs().stream().anyMatch(found::contains))
                .flatMap(tool -> tool.files().stream());
        return Stream.concat(dockerfiles.stream(), tools).toList();
    }

    /** As BuildKit finds it: nothing leads out of the context. Empty for what is no path. */
    private static Optional<String> dockerfile(BuildSpec build) {
        try {
            var context = Path.of("/", build.context()).normalize();
            var file = Path.of("/", build.dockerfile()).normalize();
            return Optional.of(PathPattern.quoted((context + "/" + file).replaceAll("/+", "/")));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** What downloads or compiles dependencies: the files that show its use, and those that tell it what to get. */
    private record Tool(Set<String> signs, List<String> files) {}

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
