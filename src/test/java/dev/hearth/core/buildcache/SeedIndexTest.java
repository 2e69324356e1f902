package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeSpec;
import dev.hearth.api.GenerationRef;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Possible seeds after main's cache was deleted and filled again. */
class SeedIndexTest {
    private static final String MAIN = "refs/heads/main";
    private static final String RELEASE = "refs/heads/release";
    private static final CacheScope READER = scope("refs/pull/1/head", "reader", "");

    @Test
    void distinguishesGenerationsOfAReplacedClaim() {
        assertThat(new SeedIndex(List.of(main("old"))).existing()).containsExactly(new GenerationRef("main", "old", 1));
        assertThat(new SeedIndex(List.of(main("new"))).existing()).containsExactly(new GenerationRef("main", "new", 1));
    }

    @Test
    void offersOnlyGenerationsWhoseLayersAllExist() {
        assertThat(sources(main("old"))).containsExactly(2, 1);
        assertThat(sources(main("new"))).containsExactly(1, 1);
    }

    @Test
    void offersNeitherWhatIsLeavingNorWhatNeedsIt() {
        var main = scope(MAIN, "old", "- " + generation(1, "").replace("Sealed", "Leaving"));

        assertThat(new SeedIndex(List.of(main)).existing()).isEmpty();
        assertThat(sources(main)).containsExactly(1);
    }

    @Test
    void offersNothingFromAnotherRepository() {
        var fork = main("old");
        fork.setSpec(Serialization.unmarshal(
                "---\n{pipeline: app, ref: " + MAIN + ", source: \"https://git.example/fork\", trust: Trusted}",
                CacheScopeSpec.class));

        var index = new SeedIndex(List.of(fork, READER));

        assertThat(index.sources(READER, "linux/amd64", List.of(MAIN), "deps")).isEmpty();
        assertThat(index.recipe(READER, MAIN, "linux/amd64")).isEmpty();
    }

    /** A copied volume reads its seed until a run has finished on it, the volume of an overlay as long as it exists. */
    @ParameterizedTest
    @CsvSource({
        "Overlay, one,   true,  true",
        "Overlay, '',    true,  true",
        "Copy,    one,   false, true",
        "Copy,    one,   true,  true",
        "Copy,    other, true,  false",
        "Copy,    '',    true,  false",
    })
    void pinsTheGenerationsThatAVolumeStillReads(String mode, String holder, boolean used, boolean pinned) {
        var reader = Serialization.unmarshal(
                """
                spec: {pipeline: app, ref: refs/pull/2/head, trust: Untrusted, platforms: [linux/amd64]}
                status:
                  volumes:
                  - platform: linux/amd64
                    claim: own
                    run: %s
                    seed: {mode: %s, message: m, run: one, needs: [{claim: main, uid: u, number: 3}]}
                    lastUse: %s
                """.formatted(
                                holder.isEmpty() ? null : holder,
                                mode,
                                used ? "{run: before, at: \"2026-01-01T00:00:00Z\", commit: c, used: 1Mi}" : null),
                CacheScope.class);
        var index = new SeedIndex(List.of(reader));

        assertThat(index.pinned("main")).isEqualTo(pinned ? Set.of(3) : Set.of());
        assertThat(index.pinned("another")).isEmpty();
    }

    @Test
    void pinsTheGenerationsThatAGenerationNeeds() {
        var release = scope(RELEASE, "release", "- " + generation(2, "{claim: main, uid: old, number: 1}"));

        assertThat(new SeedIndex(List.of(release)).pinned("main")).containsExactly(1);
    }

    @Test
    void prefersTheNewestGenerationWithTheRecipeOfTheRun() {
        var main = scope(
                MAIN,
                "main",
                "- %s\n- %s\n- %s\n"
                        .formatted(generation(3, "").replace("deps", "others"), generation(2, ""), generation(1, "")));
        var index = new SeedIndex(List.of(main, READER));

        assertThat(index.sources(READER, "linux/amd64", List.of(MAIN), "deps"))
                .extracting(source -> source.generation().number())
                .containsExactly(2);
        assertThat(index.sources(READER, "linux/amd64", List.of(MAIN), "unknown"))
                .extracting(source -> source.generation().number())
                .containsExactly(3);
        assertThat(index.sources(READER, "linux/amd64", List.of(MAIN), null))
                .extracting(source -> source.generation().number())
                .containsExactly(3);
        assertThat(index.recipe(READER, MAIN, "linux/amd64")).hasValue("others");
    }

    @Test
    void offersNeitherOtherPlatformsNorTheVolumesOwnRef() {
        var index = new SeedIndex(List.of(main("old"), READER));

        assertThat(index.sources(READER, "linux/arm64", List.of(MAIN), "deps")).isEmpty();
        assertThat(index.recipe(READER, MAIN, "linux/arm64")).isEmpty();
        assertThat(index.sources(main("old"), "linux/amd64", List.of(MAIN), "deps"))
                .isEmpty();
    }

    private static List<Integer> sources(CacheScope main) {
        var release = scope(RELEASE, "release", """
                - %s
                - %s
                """.formatted(
                        generation(2, "{claim: main, uid: old, number: 1}"), generation(1, "")));
        return new SeedIndex(List.of(main, release, READER))
                .sources(READER, "linux/amd64", List.of(RELEASE, MAIN), "deps").stream()
                        .map(source -> source.generation().number())
                        .toList();
    }

    private static CacheScope main(String uid) {
        return scope(MAIN, uid, "- " + generation(1, ""));
    }

    private static String generation(int number, String needs) {
        return """
                {number: %d, state: Sealed, run: r, commit: c, recipe: deps, added: 1Mi, size: 1Mi, exported: false, \
                at: "2026-01-01T00:00:00Z", buildkit: b, needs: [%s]}""".formatted(number, needs);
    }

    private static CacheScope scope(String ref, String uid, String generations) {
        return Serialization.unmarshal(
                """
                spec: {pipeline: app, ref: %s, trust: Trusted, platforms: [linux/amd64]}
                status:
                  volumes:
                  - platform: linux/amd64
                    claim: %s
                    uid: %s
                    repeatsCommit: false
                    generations:
                %s
                """.formatted(ref, ref.substring(ref.lastIndexOf('/') + 1), uid, generations.indent(4)),
                CacheScope.class);
    }
}
