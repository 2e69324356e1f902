package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.BuildSpecBuilder;
import dev.hearth.api.CacheSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.core.Specs;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CacheRecipeTest {

    @Test
    void namedPatternsReplaceTheDefaults() {
        var recipe = CacheRecipe.of(spec(List.of("deps/**", "!deps/README"), build("", "Dockerfile")));

        assertThat(recipe.markerFiles()).isEmpty();
        assertThat(recipe.patterns(Set.of())).containsExactly("deps/**", "!deps/README");
        assertThat(recipe.patterns(Set.of("pom.xml"))).containsExactly("deps/**", "!deps/README");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "\"\",           Dockerfile,        /Dockerfile",
                "\"\",           docker/Dockerfile, /docker/Dockerfile",
                "services/app,   Dockerfile,        /services/app/Dockerfile",
                "services/app/,  ./d/Dockerfile,    /services/app/d/Dockerfile",
                "a,              ../Dockerfile,     /a/Dockerfile",
                "a/../../b,      /Dockerfile,       /b/Dockerfile",
                "\"\",           Docker*[?\\,       /Docker\\*\\[\\?\\\\"
            })
    void resolvesDockerfilesInTheirContext(String context, String dockerfile, String pattern) {
        assertThat(CacheRecipe.of(spec(List.of(), build(context, dockerfile))).patterns(Set.of()))
                .containsExactly(pattern);
    }

    @Test
    void listsASharedDockerfileOnce() {
        var recipe =
                CacheRecipe.of(spec(List.of(), build("", "Dockerfile"), build("", "./Dockerfile"), build("b", "D")));

        assertThat(recipe.patterns(Set.of())).containsExactly("/Dockerfile", "/b/D");
    }

    @ParameterizedTest
    @CsvSource({
        "Cargo.toml,       Cargo.lock,                build.rs",
        "pom.xml,          pom.xml,                   .mvn/",
        "build.gradle.kts, *.gradle.kts,              *.versions.toml",
        "settings.gradle,  gradle-wrapper.properties, *.gradle",
        "package.json,     package-lock.json,         pnpm-lock.yaml",
        "package.json,     yarn.lock,                 .npmrc",
        "go.mod,           go.sum,                    go.work",
        "requirements.txt, requirements*.txt,         setup.py",
        "pyproject.toml,   poetry.lock,               uv.lock"
    })
    void addsTheFilesOfADetectedTool(String marker, String one, String other) {
        var recipe = CacheRecipe.of(spec(List.of(), build("", "Dockerfile")));

        assertThat(recipe.markerFiles()).contains(marker);
        assertThat(recipe.patterns(Set.of(marker))).startsWith("/Dockerfile").contains(one, other);
        assertThat(recipe.patterns(Set.of())).doesNotContain(one, other);
    }

    @Test
    void addsTheFilesOfAllDetectedTools() {
        var recipe = CacheRecipe.of(spec(List.of()));

        assertThat(recipe.patterns(Set.of("go.mod", "package.json")))
                .contains("go.sum", "yarn.lock")
                .doesNotContain("build.rs", ".mvn/");
    }

    @Property
    void acceptsAnyPath(@ForAll String context, @ForAll String dockerfile) {
        var patterns =
                CacheRecipe.of(spec(List.of(), build(context, dockerfile))).patterns(Set.of());

        assertThat(patterns).allMatch(pattern -> pattern.startsWith("/"));
    }

    private static PipelineSpec spec(List<String> named, BuildSpec... builds) {
        var other = Specs.pipeline(Arrays.asList(builds), List.of());
        return other.withCache(new CacheSpec(null, List.of(), named));
    }

    private static BuildSpec build(String context, String dockerfile) {
        return BuildSpecBuilder.builder()
                .name("image")
                .dockerfile(dockerfile)
                .context(context)
                .target("")
                .artifact(false)
                .platforms(List.of("linux/amd64"))
                .build();
    }
}
