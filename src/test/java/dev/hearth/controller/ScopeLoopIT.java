package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Condition;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.api.StepStatus.State;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.testbed.TestNamespace;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** The loop of a CacheScope: who has its volume, what it starts from, and what is sealed on it. */
class ScopeLoopIT {
    private static final String BUILD = "builds: [{name: tool}]";
    private static final String STEP = "tool/linux/amd64";
    private static final String TOPIC = "refs/heads/topic";

    @Test
    void aBuildThatSucceedsSealsAGenerationAndOneThatFailsDoesNot() {
        try (var place = ScriptedNamespace.open("seals")) {
            place.pipeline(BUILD);
            place.finished(place.start());
            place.volume(ScriptedNamespace.MAIN, sealed(1));

            place.pods().on("-build-").failsWith(1, "no");
            var failed = place.finished(place.start());
            assertThat(failed.getStatus().phase()).isEqualTo(Phase.Failed);
            var kept = place.volume(
                    ScriptedNamespace.MAIN,
                    volume -> volume.run() == null
                            && failed.getMetadata().getName().equals(lastRun(volume)));
            assertThat(kept.generations()).extracting(SealedGeneration::number).containsExactly(1);

            place.pods().on("-build-").succeeds();
            place.finished(place.start());
            assertThat(place.volume(ScriptedNamespace.MAIN, sealed(3)).generations())
                    .extracting(SealedGeneration::number)
                    .as("a number is never given twice")
                    .containsExactly(3, 1);
        }
    }

    @Test
    void aVolumeGoesFromOneRunToTheNextOnceItsPodHasEnded() {
        try (var place = ScriptedNamespace.open("hands")) {
            place.pipeline(BUILD);
            place.pods().on("-build-").runs();
            var first = place.start();
            place.until(first, STEP, State.Running);
            var second = place.start();
            var waits = place.until(second, STEP, State.Pending, "VolumeInUse");
            assertThat(waits.message()).contains(first.getMetadata().getName());

            place.pods().on("-build-").succeeds();

            assertThat(place.finished(first).getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(place.finished(second).getStatus().phase()).isEqualTo(Phase.Succeeded);
            place.volume(ScriptedNamespace.MAIN, sealed(2));
        }
    }

    @Test
    void anUntrustedVolumeStartsFromATrustedGenerationAndSealsNone() {
        try (var place = ScriptedNamespace.open("seeds")) {
            place.pipeline(BUILD);
            place.finished(place.start());
            var main = place.volume(ScriptedNamespace.MAIN, sealed(1));
            place.repository().commit(TOPIC, "Dockerfile", "FROM busybox\nRUN true\n", place.commit());

            place.finished(place.start(TOPIC));

            var topic = place.volume(TOPIC, volume -> volume.run() == null && volume.lastUse() != null);
            assertThat(Objects.requireNonNull(topic.seed()))
                    .returns(SeedMode.Overlay, Seed::mode)
                    .returns(ScriptedNamespace.MAIN, Seed::ref)
                    .returns(main.claim(), Seed::claim)
                    .returns(1, Seed::generation);
            assertThat(topic.generations()).isEmpty();
        }
    }

    @Test
    void whatWasOnAClaimThatIsDeletedIsForgotten() {
        try (var place = ScriptedNamespace.open("loses")) {
            place.pipeline(BUILD);
            place.finished(place.start());
            var volume = place.volume(ScriptedNamespace.MAIN, sealed(1));

            place.client()
                    .persistentVolumeClaims()
                    .inNamespace(place.namespace())
                    .withName(volume.claim())
                    .delete();

            place.volume(ScriptedNamespace.MAIN, it -> it.generations().isEmpty());
            assertThat(place.finished(place.start()).getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(Objects.requireNonNull(place.volume(ScriptedNamespace.MAIN, sealed(2))
                                    .seed())
                            .mode())
                    .isEqualTo(SeedMode.Cold);
        }
    }

    @Test
    void aRunWithoutItsPolicyOrItsStorageClassFailsAndTheNextOneIsFine() {
        try (var place = ScriptedNamespace.open("policy")) {
            place.pipeline("cache: {policy: %s}\n".formatted(place.namespace()) + BUILD);
            assertThat(TestNamespace.step(place.finished(place.start()), STEP).reason())
                    .isEqualTo("PolicyNotFound");

            var policy = place.policy("{storage: {className: none, size: 1Gi}}");
            try {
                place.stalls(ScriptedNamespace.MAIN, "StorageClassNotFound");
                assertThat(TestNamespace.step(place.finished(place.start()), STEP)
                                .reason())
                        .isEqualTo("StorageClassNotFound");

                place.patch(policy, "{\"spec\": {\"storage\": {\"className\": null}}}");
                place.volumeIsPossible(ScriptedNamespace.MAIN);

                assertThat(place.finished(place.start()).getStatus().phase()).isEqualTo(Phase.Succeeded);
            } finally {
                place.client().resource(policy).delete();
            }
        }
    }

    @Test
    void aCacheThatAQuotaRefusesIsMadeOnceItIsRaised() {
        try (var place = ScriptedNamespace.open("nocache");
                var quota = place.work().quota("claims", "persistentvolumeclaims", 0)) {
            place.pipeline(BUILD);
            var run = place.start();
            place.work()
                    .until(
                            run,
                            it -> it.getStatus().steps().stream()
                                    .anyMatch(step ->
                                            String.valueOf(step.message()).contains("exceeded quota: claims")));
            assertThat(TestNamespace.condition(place.scope(ScriptedNamespace.MAIN), "Ready"))
                    .hasValueSatisfying(ready -> assertThat(ready)
                            .returns("False", Condition::status)
                            .returns("QuotaExceeded", Condition::reason));

            quota.raise(10);

            assertThat(place.finished(run).getStatus().phase()).isEqualTo(Phase.Succeeded);
        }
    }

    @Test
    void aRollbackStartsTheNextRunFromAnOlderGeneration() {
        try (var place = ScriptedNamespace.open("back")) {
            place.pipeline(BUILD);
            place.finished(place.start());
            place.volume(ScriptedNamespace.MAIN, sealed(1));
            place.finished(place.start());
            place.volume(ScriptedNamespace.MAIN, sealed(2));

            place.patch(place.scope(ScriptedNamespace.MAIN), "{\"spec\": {\"rollbackTo\": 1}}");
            place.finished(place.start());

            assertThat(place.volume(ScriptedNamespace.MAIN, sealed(3)))
                    .returns(1, ScopeVolume::rolledBackTo)
                    .satisfies(volume -> assertThat(Objects.requireNonNull(volume.seed()))
                            .returns(SeedMode.Rollback, Seed::mode)
                            .returns(1, Seed::generation));
        }
    }

    private static Predicate<ScopeVolume> sealed(int generation) {
        return volume ->
                volume.newest().filter(newest -> newest.number() == generation).isPresent();
    }

    private static String lastRun(ScopeVolume volume) {
        return Optional.ofNullable(volume.lastUse())
                .map(ScopeVolume.LastUse::run)
                .orElse("");
    }
}
