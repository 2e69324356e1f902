package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineSpec;
import dev.hearth.api.RefSelection;
import dev.hearth.core.Specs;
import dev.hearth.core.ref.TrustDefaults;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeedRefsTest {
    private static final String MAIN = "refs/heads/main";
    private static final String RELEASE = "refs/heads/release/1";
    private static final String PULL = "refs/pull/7/head";
    private static final RefSelection PROTECTED = new RefSelection(List.of("main", "release/*"), List.of("v*"));
    private static final Map<String, String> REFS =
            Map.of(MAIN, "a", RELEASE, "b", "refs/heads/feature", "c", "refs/tags/v1", "d", PULL, "e");

    @Test
    void comparesOnlyTrustedBranches() {
        var seedRefs = SeedRefs.of(spec(PROTECTED, "main"), PULL, REFS, MAIN);

        assertThat(seedRefs.compared()).isEqualTo(Map.of(MAIN, "a", RELEASE, "b"));
        assertThat(seedRefs.defaultBranch()).contains(MAIN);
    }

    @Test
    void branchIsNotItsOwnSeedRef() {
        var seedRefs = SeedRefs.of(spec(PROTECTED, "main"), RELEASE, REFS, MAIN);

        assertThat(seedRefs.compared()).isEmpty();
        assertThat(seedRefs.choose(Map.of())).containsExactly(MAIN);
    }

    @Test
    void defaultBranchHasOnlyItselfAsSeedRef() {
        var seedRefs = SeedRefs.of(spec(PROTECTED, "main"), MAIN, REFS, MAIN);

        assertThat(seedRefs.compared()).isEmpty();
        assertThat(seedRefs.choose(Map.of())).containsExactly(MAIN);
    }

    @Test
    void comparesNothingIfOnlyTheDefaultBranchIsTrusted() {
        var seedRefs = SeedRefs.of(spec(new RefSelection(List.of("main"), List.of()), "main"), PULL, REFS, MAIN);

        assertThat(seedRefs.compared()).isEmpty();
        assertThat(seedRefs.choose(Map.of())).containsExactly(MAIN);
    }

    @Test
    void untrustedDefaultBranchIsNoSeedRef() {
        var spec = spec(new RefSelection(List.of("release/*"), List.of()), "main");

        var seedRefs = SeedRefs.of(spec, PULL, REFS, MAIN);

        assertThat(seedRefs.compared()).containsOnlyKeys(RELEASE);
        assertThat(seedRefs.choose(Map.of(RELEASE, 3))).containsExactly(RELEASE);
    }

    @Test
    void defaultBranchIsTheOnlySeedRefByDefault() {
        var spec = TrustDefaults.of(spec(null, "**"), MAIN);

        var seedRefs = SeedRefs.of(spec, PULL, REFS, MAIN);

        assertThat(seedRefs.compared()).isEmpty();
        assertThat(seedRefs.choose(Map.of())).containsExactly(MAIN);
    }

    /** Otherwise each user who can push a feature branch could fill the caches of releases and tags. */
    @ParameterizedTest
    @ValueSource(strings = {"**", "*", "?*", "[a-z]*", "**/*"})
    void patternThatBeginsWithAWildcardMakesNoSeedRefs(String pattern) {
        var spec = spec(new RefSelection(List.of(pattern, "main"), List.of("**")), "**");

        for (String ref : List.of(PULL, RELEASE, "refs/tags/v1", "refs/heads/feature")) {
            var seedRefs = SeedRefs.of(spec, ref, REFS, MAIN);
            assertThat(seedRefs.compared()).doesNotContainKeys("refs/heads/feature", RELEASE);
            assertThat(seedRefs.defaultBranch()).contains(MAIN);
        }
    }

    @Test
    void repositoryWithoutTrustedBranchesHasNoSeedRefs() {
        var seedRefs = SeedRefs.of(spec(PROTECTED, "main"), PULL, Map.of(PULL, "e"), null);

        assertThat(seedRefs.compared()).isEmpty();
        assertThat(seedRefs.choose(Map.of())).isEmpty();
    }

    @Test
    void prefersTheDefaultFollowedAndHighestNamedOfManyBranches() {
        var refs = new TreeMap<>(REFS);
        for (int number = 10; number < 40; number++) {
            refs.put("refs/heads/release/" + number, "r");
            refs.put("refs/heads/a" + number, "a");
        }
        refs.put("refs/heads/a-followed", "f");

        var trusted = new RefSelection(List.of("main", "a*", "release/*"), List.of());

        var seedRefs = SeedRefs.of(spec(trusted, "a-followed"), PULL, refs, MAIN);

        assertThat(seedRefs.compared())
                .hasSize(16)
                .containsKeys(MAIN, "refs/heads/a-followed", "refs/heads/release/39", "refs/heads/release/26")
                .doesNotContainKeys("refs/heads/release/25", "refs/heads/a39");
    }

    @Test
    void ordersByDistanceWithTheDefaultBranchLast() {
        assertThat(choose(Map.of(RELEASE, 2, MAIN, 4))).containsExactly(RELEASE, MAIN);
        assertThat(choose(Map.of(RELEASE, 2, "refs/heads/fix", 0, MAIN, 4)))
                .containsExactly("refs/heads/fix", RELEASE, MAIN);
        assertThat(choose(Map.of("refs/heads/b", 1, "refs/heads/a", 1, MAIN, 4)))
                .containsExactly("refs/heads/a", "refs/heads/b", MAIN);
    }

    @Test
    void leavesOutBranchesThatAreNotNearerThanTheDefaultBranch() {
        assertThat(choose(Map.of(RELEASE, 2, MAIN, 2))).containsExactly(MAIN);
        assertThat(choose(Map.of(RELEASE, 3, MAIN, 2))).containsExactly(MAIN);
    }

    @Test
    void prefersABranchToADefaultBranchOfUnknownDistance() {
        assertThat(choose(Map.of(RELEASE, 3))).containsExactly(RELEASE, MAIN);
    }

    @Property
    void choosesTheNearestOfThoseNearerThanTheDefaultBranch(@ForAll("distances") Map<String, Integer> distances) {
        int limit = distances.getOrDefault(MAIN, Integer.MAX_VALUE);

        var chosen = choose(distances);

        assertThat(chosen).doesNotHaveDuplicates().endsWith(MAIN);
        var best = chosen.subList(0, chosen.size() - 1);
        var farthest = best.isEmpty() ? 0 : distance(distances, best.getLast());
        var others = distances.keySet().stream()
                .filter(name -> !chosen.contains(name) && distance(distances, name) < limit)
                .toList();
        assertThat(best).allMatch(name -> distance(distances, name) < limit);
        assertThat(best).isSortedAccordingTo(Comparator.comparingInt(name -> distance(distances, name)));
        assertThat(others).allMatch(name -> distance(distances, name) >= farthest);
        assertThat(best.size()).isEqualTo(Math.min(3, best.size() + others.size()));
    }

    private static int distance(Map<String, Integer> distances, String name) {
        return Objects.requireNonNull(distances.get(name));
    }

    @Provide
    Arbitrary<Map<String, Integer>> distances() {
        var names = Arbitraries.of(MAIN, RELEASE, "refs/heads/a", "refs/heads/b", "refs/heads/c", "refs/heads/d");
        return Arbitraries.maps(names, Arbitraries.integers().between(0, 4));
    }

    private static List<String> choose(Map<String, Integer> distances) {
        return new SeedRefs(new TreeMap<>(), Optional.of(MAIN)).choose(distances);
    }

    private static PipelineSpec spec(@Nullable RefSelection trust, String followed) {
        var other = Specs.pipeline(List.of(), List.of());
        return other.withTriggers(Specs.triggers(List.of(followed), List.of(), true))
                .withTrust(trust);
    }
}
