package dev.hearth.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedBuilder;
import dev.hearth.api.SeedMode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** That what must not happen is noticed when it does. */
class VolumeModelTest {
    private static final String MAIN = "11111111-main";
    private static final String OTHER = "22222222-other";

    private final Violations violations = new Violations();
    private final Map<String, ScopeVolume> recorded = new HashMap<>();
    private final VolumeModel volumes =
            new VolumeModel(violations, volume -> Optional.ofNullable(recorded.get(volume.uid)));

    @BeforeEach
    void sealsOneGeneration() {
        volumes.make(MAIN, "main");
        volumes.make(OTHER, "other");
        recorded.put(OTHER, seededBy("proposal"));
        seal(main("first-pod", "one", 1, Set.of()));
    }

    @Test
    void aPullRequestStartsFromMainsGeneration() {
        volumes.begin(overlay(1));

        assertThat(violations.found()).isEmpty();
        assertThat(volumes.layers(overlay(1))).containsExactly("main", "other");
    }

    @Test
    void noticesTwoDaemonsOnOneVolume() {
        volumes.begin(main("second-pod", "two", 2, Set.of(1)));
        volumes.begin(main("third-pod", "three", 3, Set.of(1)));

        assertThat(violations.found()).singleElement().asString().startsWith("two daemons on main");
    }

    @Test
    void noticesAGenerationThatIsNotThereAnyMore() {
        seal(main("second-pod", "two", 2, Set.of()));
        volumes.begin(overlay(1));

        assertThat(violations.found()).singleElement().asString().startsWith("generation 1 is not on main");
    }

    @Test
    void beginsAnewOnWhatWasDeletedAndMadeAnew() {
        volumes.begin(overlay(1));
        volumes.end(overlay(1));
        volumes.remove(MAIN);
        volumes.make("33333333-main", "main");

        volumes.begin(overlay(1, Map.of("main", "33333333-main", "other", OTHER)));

        assertThat(violations.found()).isEmpty();
        assertThat(volumes.begunAnew()).isOne();
    }

    @Test
    void noticesAVolumeThatIsStoodOnAndNotMounted() {
        volumes.begin(overlay(1));
        volumes.end(overlay(1));

        volumes.begin(overlay(1, Map.of("other", OTHER)));

        assertThat(violations.found()).singleElement().asString().contains("gone or not mounted");
    }

    @Test
    void noticesAGenerationThatIsSweptWhileItIsRead() {
        volumes.begin(overlay(1));
        seal(main("second-pod", "two", 2, Set.of()));

        assertThat(violations.found()).singleElement().asString().startsWith("generation 1 of main");
        assertThat(volumes.content(MAIN)).isEqualTo(Map.of(2, "two"));
    }

    /** Kubernetes deletes the volume of a deleted scope later. */
    @Test
    void aVolumeOfADeletedScopeReadsNothing() {
        volumes.begin(overlay(1));
        recorded.remove(OTHER);
        seal(main("second-pod", "two", 2, Set.of()));
        volumes.begin(overlay(1));

        assertThat(violations.found()).isEmpty();
    }

    @Test
    void aVolumeThatIsToStartFromAnotherSeedDoesNotReadTheFormer() {
        volumes.begin(overlay(1));
        volumes.end(overlay(1));
        recorded.put(OTHER, seededBy("next"));
        seal(main("second-pod", "two", 2, Set.of()));

        assertThat(violations.found()).isEmpty();
    }

    @Test
    void noticesANumberThatIsGivenTwice() {
        seal(main("second-pod", "two", 1, Set.of()));

        assertThat(violations.found()).singleElement().asString().startsWith("number 1 of main");
    }

    @Test
    void noticesAVolumeThatIsDeletedWhileADaemonIsOnIt() {
        volumes.begin(overlay(1));
        volumes.end(overlay(1));
        volumes.remove(OTHER);
        assertThat(violations.found()).isEmpty();

        volumes.begin(main("second-pod", "two", 2, Set.of(1)));
        volumes.remove(MAIN);

        assertThat(violations.found()).singleElement().asString().startsWith("volume main");
    }

    private void seal(DaemonInstructions order) {
        volumes.begin(order);
        volumes.seal(order);
        volumes.end(order);
    }

    private static ScopeVolume seededBy(String run) {
        return ScopeVolume.unused("linux/amd64", "other").withSeed(seed(1, run));
    }

    private static Seed seed(int generation, String run) {
        return SeedBuilder.builder()
                .mode(SeedMode.Overlay)
                .message("")
                .run(run)
                .claim("main")
                .generation(generation)
                .build();
    }

    private static DaemonInstructions main(String pod, String run, int number, Set<Integer> keep) {
        return new DaemonInstructions(
                pod,
                "ci/" + pod,
                run,
                "main",
                "Cold/one",
                "Cold",
                "",
                0,
                Optional.of(number),
                keep,
                Map.of("main", MAIN));
    }

    private static DaemonInstructions overlay(int generation) {
        return overlay(generation, Map.of("main", MAIN, "other", OTHER));
    }

    private static DaemonInstructions overlay(int generation, Map<String, String> mounts) {
        return new DaemonInstructions(
                "pull-request-pod",
                "ci/pull-request",
                "proposal",
                "other",
                seed(generation, "proposal").id(),
                "Overlay",
                "main",
                generation,
                Optional.empty(),
                Set.of(),
                mounts);
    }
}
