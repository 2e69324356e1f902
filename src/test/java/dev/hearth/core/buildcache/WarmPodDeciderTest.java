package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ScopeVolume;
import dev.hearth.core.buildcache.WarmPod.State;
import dev.hearth.core.buildcache.WarmPodDecider.Decision;
import dev.hearth.core.buildcache.WarmPodDecider.Wanted;
import dev.hearth.core.ref.GitRef;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WarmPodDeciderTest {
    private static final Instant SINCE = Instant.parse("2026-01-01T00:00:00Z");
    private static final Wanted WANTED = new Wanted("one", "f");
    private static final WarmPod POD = pod("one", State.Up);

    @Test
    void aVolumeThatNoRunHoldsGetsItsPod() {
        assertThat(idle(Optional.of(WANTED)).create()).isTrue();
        assertThat(idle(Optional.empty()).create()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void aPodIsCreatedOnce(State state) {
        var decision = idle(Optional.of(WANTED), pod("one", state));

        assertThat(decision.create()).as("one that has ended does so again").isFalse();
        assertThat(decision.delete()).isEmpty();
    }

    @Test
    void anotherPodGoesBeforeTheWantedOneComes() {
        var other = pod("other", State.Up);

        assertThat(idle(Optional.of(WANTED), other))
                .returns(List.of(other), Decision::delete)
                .returns(false, Decision::create);
        assertThat(idle(Optional.of(WANTED), pod("other", State.Ending)))
                .returns(List.of(), Decision::delete)
                .returns(false, Decision::create);
        assertThat(idle(Optional.of(WANTED), pod("other", State.Ended)).create())
                .isTrue();
    }

    @Test
    void thePodOfARunUsesTheVolumeUntilItHasEnded() {
        assertThat(idle(Optional.of(WANTED), taken("b", State.Up)))
                .returns(List.of(), Decision::delete)
                .returns(false, Decision::create);
        assertThat(idle(Optional.of(WANTED), taken("b", State.Ended)).create()).isTrue();
    }

    @Test
    void aPodIsDeletedOnceNoneIsWanted() {
        assertThat(idle(Optional.empty(), POD).delete()).containsExactly(POD);
        var ended = pod("one", State.Ended);
        assertThat(idle(Optional.empty(), ended).delete()).containsExactly(ended);
    }

    @Test
    void theRunThatGetsTheVolumeGetsAPodThatFits() {
        var decision = grant(true, POD);

        assertThat(decision.volume().warm()).isEqualTo(new ScopeVolume.Warm("one", "uid-one", SINCE.toString(), null));
        assertThat(decision.delete()).isEmpty();
    }

    @Test
    void theRunWaitsForTheEndOfAPodThatDoesNotFit() {
        var decision = grant(false, POD);

        assertThat(decision.volume().warm()).returns(true, ScopeVolume.Warm::unfit);
        assertThat(decision.delete()).containsExactly(POD);
        assertThat(grant(true, pod("one", State.Ending)).volume().warm()).returns(true, ScopeVolume.Warm::unfit);
    }

    @Test
    void theRunCreatesItsOwnPodWhereNoneWaits() {
        assertThat(grant(true).volume().warm()).isNull();
        assertThat(grant(true, pod("one", State.Ended)).volume().warm()).isNull();
        assertThat(grant(true, taken("a", State.Ended)).volume().warm()).isNull();
    }

    @Test
    void aPodStaysRecordedForItsRunUntilItHasEnded() {
        var recorded = new ScopeVolume.Warm("one", "uid-one", SINCE.toString(), null);

        assertThat(hold(recorded, POD).volume().warm()).as("not taken yet").isEqualTo(recorded);
        assertThat(hold(recorded, taken("b", State.Up)).volume().warm()).isEqualTo(recorded);
        assertThat(hold(recorded, taken("b", State.Ending)).volume().warm())
                .as("that is its own affair")
                .isEqualTo(recorded);
        assertThat(hold(recorded, taken("b", State.Ended)).volume().warm()).isNull();
        assertThat(hold(recorded).volume().warm()).isNull();
        assertThat(hold(recorded, pod("one", State.Ending)).volume().warm()).returns(true, ScopeVolume.Warm::unfit);
    }

    /** Between the grant and the moment at which the run takes the pod, retention or another seed may change the volume. */
    @Test
    void aPodThatNoLongerFitsBeforeItIsTakenIsDeleted() {
        var recorded = new ScopeVolume.Warm("one", "uid-one", SINCE.toString(), null);

        assertThat(hold(recorded, false, POD))
                .returns(List.of(POD), Decision::delete)
                .satisfies(decision -> assertThat(decision.volume().warm()).returns(true, ScopeVolume.Warm::unfit));
        assertThat(hold(recorded, false, taken("b", State.Up)))
                .as("the run has it")
                .returns(List.of(), Decision::delete)
                .satisfies(decision -> assertThat(decision.volume().warm()).isEqualTo(recorded));
    }

    @Test
    void whatDidNotFitStaysUnfit() {
        var recorded = new ScopeVolume.Warm("one", "uid-one", SINCE.toString(), true);

        var decision = hold(recorded, POD);

        assertThat(decision.volume().warm()).isEqualTo(recorded);
        assertThat(decision.delete()).as("the deletion may have failed").containsExactly(POD);
    }

    @Test
    void aPodThatNobodyExpectedIsDeleted() {
        assertThat(hold(null, POD))
                .returns(List.of(POD), Decision::delete)
                .satisfies(decision -> assertThat(decision.volume().warm()).isNull());
    }

    @ParameterizedTest
    @CsvSource({
        "refs/heads/main, PT5M, PT4M59S, true",
        "refs/heads/main, PT5M, PT5M, false",
        "refs/heads/main, PT0S, PT0S, false",
        "refs/pull/7/head, PT2M, PT1M, true",
        "refs/tags/v1, PT5M, PT1M, false",
        "refs/heads/gh-readonly-queue/main/pr-7-0123456789012345678901234567890123456789, PT5M, PT1M, false"
    })
    void aPodWaitsForTheTimeOfThePolicyWhereAnotherRunIsLikely(
            String ref, Duration keepWarm, Duration since, boolean waits) {
        assertThat(WarmPodDecider.until(GitRef.of(ref), keepWarm, SINCE, SINCE.plus(since)))
                .isEqualTo(waits ? Optional.of(SINCE.plus(keepWarm)) : Optional.empty());
    }

    private static Decision idle(Optional<Wanted> wanted, WarmPod... pods) {
        return new WarmPodDecider(volume("a"), volume(null), List.of(pods), wanted, _ -> true).decide();
    }

    private static Decision grant(boolean fits, WarmPod... pods) {
        return new WarmPodDecider(volume(null), volume("b"), List.of(pods), Optional.empty(), _ -> fits).decide();
    }

    private static Decision hold(ScopeVolume.@Nullable Warm recorded, WarmPod... pods) {
        return hold(recorded, true, pods);
    }

    private static Decision hold(ScopeVolume.@Nullable Warm recorded, boolean fits, WarmPod... pods) {
        return new WarmPodDecider(
                        volume("b").withWarm(recorded), volume("b"), List.of(pods), Optional.empty(), _ -> fits)
                .decide();
    }

    private static ScopeVolume volume(@Nullable String run) {
        return ScopeVolume.unused("linux/amd64", "claim").withRun(run);
    }

    private static WarmPod pod(String name, State state) {
        return new WarmPod(name, "uid-" + name, "1", "f", SINCE, state, Optional.empty());
    }

    private static WarmPod taken(String run, State state) {
        return new WarmPod("one", "uid-one", "1", "f", SINCE, state, Optional.of(run));
    }
}
