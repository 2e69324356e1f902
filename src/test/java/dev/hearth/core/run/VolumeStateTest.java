package dev.hearth.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScopeStatusBuilder;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.PreflightStatus;
import dev.hearth.api.Reason;
import dev.hearth.api.ScopeVolume;
import dev.hearth.core.buildcache.SeedChoice;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a run that waits for its volume reads in the scope. */
class VolumeStateTest {
    private static final Instant BEGAN = Instant.parse("2026-01-01T00:00:10Z");
    private static final StatusReason REFUSAL = new StatusReason(Reason.PodSecurityViolation, "give it the label");
    private static final StatusReason TRYING = new StatusReason(Reason.CheckingIsolation, "checking");

    @Test
    void namesThePreflightThatTheRunWaitsFor() {
        assertThat(state(null)).isEqualTo(new VolumeState.Awaited(TRYING));
    }

    @Test
    void failedPreflightRejectsRunsThatBeganBefore() {
        assertThat(state(refused(BEGAN.plusSeconds(3)))).isEqualTo(new VolumeState.Refused(REFUSAL));
    }

    @Test
    void ignoresAPreflightThatFailedBeforeTheRun() {
        assertThat(state(refused(BEGAN.minusSeconds(3)))).isEqualTo(new VolumeState.Awaited(TRYING));
    }

    @Test
    void successfulPreflightDoesNotRejectTheRun() {
        var possible =
                new PreflightStatus(BEGAN.plusSeconds(3).toString(), IsolationForm.Rootless, "RootlessPossible", "");

        assertThat(state(possible)).isEqualTo(new VolumeState.Awaited(TRYING));
    }

    @Test
    void holderWaitsUntilItsSeedIsConfirmed() {
        var volume = ScopeVolume.unused("linux/amd64", "claim")
                .withRun("run")
                .withIsolation(IsolationForm.Rootless)
                .withSeed(SeedChoice.cold("run", "nothing to start from"));

        assertThat(state(volume.withUnconfirmed(true), null))
                .isInstanceOfSatisfying(
                        VolumeState.Awaited.class,
                        awaited -> assertThat(awaited.why().reason()).isEqualTo(Reason.PreparingVolume));
        assertThat(state(volume, null)).isInstanceOf(VolumeState.Granted.class);
    }

    private static VolumeState state(@Nullable PreflightStatus preflight) {
        return state(ScopeVolume.unused("linux/amd64", "claim"), preflight);
    }

    private static VolumeState state(ScopeVolume volume, @Nullable PreflightStatus preflight) {
        var conditions = new ConditionFactory(List.of(), 1, BEGAN).reconciling(TRYING);
        var scope = CacheScopeStatusBuilder.builder()
                .observedGeneration(1L)
                .preflight(preflight)
                .volumes(List.of(volume))
                .conditions(conditions)
                .build();
        return VolumeState.of(scope, volume, "run", BEGAN);
    }

    private static PreflightStatus refused(Instant at) {
        return new PreflightStatus(at.toString(), null, REFUSAL.reason().name(), REFUSAL.message());
    }
}
