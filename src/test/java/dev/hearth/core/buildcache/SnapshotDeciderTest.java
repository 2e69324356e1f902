package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.GenerationRef;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.PendingSnapshot;
import dev.hearth.api.PendingSnapshotBuilder;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.SealedGeneration.State;
import dev.hearth.api.SealedGenerationBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SnapshotDeciderTest {
    private static final String SINCE = "2026-01-01T00:00:00Z";

    @Test
    void newestSealedGenerationGetsASnapshot() {
        var decision = decide(volume(candidate(3), sealed(2), sealed(1)));

        assertThat(decision.make()).extracting(SnapshotDecider.Request::name).containsExactly("claim-2");
        assertThat(decision.pending())
                .containsExactly(PendingSnapshotBuilder.builder()
                        .name("claim-2")
                        .claim("claim")
                        .generation(2)
                        .build());
        assertThat(names(decision)).containsOnlyNulls();
    }

    @Test
    void offersASnapshotOnlyOnceItIsReady() {
        assertThat(names(decide(volume(sealed(1)), pending(1)))).containsOnlyNulls();
        assertThat(names(decide(volume(sealed(1)), ready(1)))).containsExactly("claim-1");
        assertThat(decide(volume(sealed(1)), pending(1)).pending())
                .containsExactly(PendingSnapshotBuilder.builder()
                        .name("claim-1")
                        .claim("claim")
                        .generation(1)
                        .since(SINCE)
                        .build());
        assertThat(decide(volume(sealed(1)), ready(1)).pending()).isEmpty();
    }

    @Test
    void withdrawsADeletedSnapshot() {
        var named = volume(sealed(1).withSnapshot("claim-1"));

        assertThat(names(decide(named))).containsOnlyNulls();
        assertThat(decide(named).make()).hasSize(1);
    }

    @Test
    void deletesThePreviousSnapshotOnceTheNewestIsReady() {
        var while2IsMade = decide(volume(sealed(2), sealed(1)), pending(2), ready(1));
        var once2IsReady = decide(volume(sealed(2), sealed(1)), ready(2), ready(1));

        assertThat(while2IsMade.delete()).isEmpty();
        assertThat(names(while2IsMade)).containsExactly(null, "claim-1");
        assertThat(once2IsReady.delete()).containsExactly("claim-1");
        assertThat(names(once2IsReady)).containsExactly("claim-2", null);
    }

    /** So a branch has a usable snapshot even if it is sealed more often than its storage takes snapshots. */
    @Test
    void doesNotDeleteAPendingSnapshotForANewerOne() {
        var decision = decide(volume(sealed(3), sealed(2), sealed(1)), pending(2), pending(1));

        assertThat(decision.make())
                .extracting(SnapshotDecider.Request::generation)
                .containsExactly(3);
        assertThat(decision.delete()).isEmpty();
        assertThat(decision.pending()).extracting(PendingSnapshot::generation).containsExactly(3, 2, 1);
    }

    @Test
    void keepsAFailedSnapshotOfTheNewestGenerationOnly() {
        var newest = decide(volume(sealed(1)), failed(1));
        var older = decide(volume(sealed(2), sealed(1)), failed(1));

        assertThat(newest.make()).isEmpty();
        assertThat(newest.delete()).isEmpty();
        assertThat(newest.pending()).extracting(PendingSnapshot::error).containsExactly("disk full");
        assertThat(older.make()).extracting(SnapshotDecider.Request::generation).containsExactly(2);
        assertThat(older.delete()).containsExactly("claim-1");
    }

    @Test
    void deletesSnapshotsOfGenerationsThatDoNotExist() {
        assertThat(decide(volume(sealed(5)), ready(5), ready(1), pending(2)).delete())
                .containsExactlyInAnyOrder("claim-1", "claim-2");
        assertThat(decide(volume(sealed(1).withState(State.RolledBack)), ready(1))
                        .delete())
                .containsExactly("claim-1");
    }

    @Test
    void keepsASnapshotFromWhichAVolumeIsRestored() {
        var decision = new SnapshotDecider(true, List.of(ready(2), ready(1)), Set.of("claim-1"))
                .decide(List.of(volume(sealed(2))));

        assertThat(decision.delete()).isEmpty();
        assertThat(names(decision)).containsExactly("claim-2");
    }

    @Test
    void takesNoSnapshotOfAVolumeThatHoldsOnlyAPartOfTheGeneration() {
        var borrowing = SealedGenerationBuilder.builder()
                .number(1)
                .state(State.Sealed)
                .run("run")
                .commit("c")
                .added("1Mi")
                .size("1Mi")
                .at(SINCE)
                .exported(false)
                .buildkit("buildkit")
                .isolation(IsolationForm.UserNamespace)
                .needs(List.of(new GenerationRef("other", "uid", 1)))
                .build();

        assertThat(decide(volume(borrowing)).make()).isEmpty();
    }

    @Test
    void deletesAllSnapshotsIfNoneAreWanted() {
        var decision = new SnapshotDecider(false, List.of(ready(1)), Set.of())
                .decide(List.of(volume(sealed(1).withSnapshot("claim-1"))));

        assertThat(decision.make()).isEmpty();
        assertThat(decision.delete()).containsExactly("claim-1");
        assertThat(names(decision)).containsOnlyNulls();
    }

    /** A user who may create VolumeSnapshots can give one the name and labels that Hearth uses. */
    @Test
    void doesNotUseASnapshotOfAnotherVolume() {
        var foreign = new TakenSnapshot("claim-1", "mine", Instant.EPOCH, true, Optional.empty(), Optional.empty());

        var decision = decide(volume(sealed(1)), foreign);

        assertThat(names(decision)).containsOnlyNulls();
        assertThat(decision.delete()).containsExactly("claim-1");
    }

    private static SnapshotDecider.Decision decide(ScopeVolume volume, TakenSnapshot... known) {
        return new SnapshotDecider(true, List.of(known), Set.of()).decide(List.of(volume));
    }

    private static List<String> names(SnapshotDecider.Decision decision) {
        return decision.volumes().getFirst().generations().stream()
                .map(SealedGeneration::snapshot)
                .toList();
    }

    private static ScopeVolume volume(SealedGeneration... generations) {
        return ScopeVolume.unused("linux/amd64", "claim").withGenerations(List.of(generations));
    }

    private static SealedGeneration sealed(int number) {
        return candidate(number).withState(State.Sealed);
    }

    private static SealedGeneration candidate(int number) {
        return SealedGenerationBuilder.builder()
                .number(number)
                .state(State.Candidate)
                .run("run")
                .commit("c0ffee")
                .added("1Mi")
                .size("1Mi")
                .at(SINCE)
                .exported(false)
                .buildkit("buildkit")
                .isolation(IsolationForm.UserNamespace)
                .build();
    }

    private static TakenSnapshot ready(int generation) {
        return taken(generation, true, Optional.empty());
    }

    private static TakenSnapshot pending(int generation) {
        return taken(generation, false, Optional.empty());
    }

    private static TakenSnapshot failed(int generation) {
        return taken(generation, false, Optional.of("disk full"));
    }

    private static TakenSnapshot taken(int generation, boolean ready, Optional<String> error) {
        return new TakenSnapshot(
                "claim-" + generation, "claim", Instant.parse(SINCE), ready, error, Optional.of("1Gi"));
    }
}
