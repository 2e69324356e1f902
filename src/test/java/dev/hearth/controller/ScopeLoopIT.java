package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Condition;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.Trust;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.testbed.TestNamespace;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The loop of a CacheScope: who has its volume, what it starts from, and what is sealed on it. */
class ScopeLoopIT {
    private static final String BUILD = "builds: [{name: tool}]";
    private static final String STEP = "tool/linux/amd64";
    private static final String TOPIC = "refs/heads/topic";
    private static final String OTHER = "refs/heads/other";

    @Test
    void aBuildThatSucceedsSealsAGenerationAndOneThatFailsDoesNot() {
        try (var place = ScriptedNamespace.open("seals")) {
            place.pipeline(BUILD);
            place.finished(place.start());
            place.sealed(1);

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
            assertThat(place.sealed(3).generations())
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
            place.sealed(2);
        }
    }

    @Test
    void anUntrustedVolumeStartsFromATrustedGenerationAndSealsNone() {
        try (var place = ScriptedNamespace.open("seeds")) {
            place.pipeline(BUILD);
            place.finished(place.start());
            var main = place.sealed(1);
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

    /** Names that a careless join, case or cut could take for main's. */
    @Test
    void branchesNamedLikeATrustedScopeAreNotTrusted() {
        try (var place = ScriptedNamespace.open("names")) {
            place.pipeline(BUILD);
            place.finished(place.start());
            var main = place.sealed(1);
            var names = List.of(
                    "refs/heads/refs/heads/main",
                    "refs/heads/Main",
                    "refs/heads/main-",
                    "refs/heads/heads/main",
                    "refs/heads/"
                            + place.scope(ScriptedNamespace.MAIN).getMetadata().getName());
            names.forEach(
                    name -> place.repository().commit(name, "Dockerfile", "FROM busybox\nRUN true\n", place.commit()));

            var runs = names.stream().map(place::start).toList();

            runs.forEach(run -> assertThat(place.finished(run).getStatus().phase())
                    .as("%s", run.getSpec().ref())
                    .isEqualTo(Phase.Succeeded));
            var volumes = names.stream()
                    .map(name -> place.volume(name, volume -> volume.run() == null && volume.lastUse() != null))
                    .toList();
            assertThat(volumes)
                    .allSatisfy(volume -> assertThat(volume.generations()).isEmpty());
            assertThat(Stream.concat(volumes.stream(), Stream.of(main)).map(ScopeVolume::claim))
                    .doesNotHaveDuplicates();
            assertThat(names)
                    .allSatisfy(name ->
                            assertThat(place.scope(name).getSpec().trust()).isEqualTo(Trust.Untrusted));
            assertThat(place.sealed(1).generations()).isEqualTo(main.generations());
        }
    }

    @Test
    void whatWasOnAClaimThatIsDeletedIsForgotten() {
        try (var place = ScriptedNamespace.open("loses")) {
            place.pipeline(BUILD);
            place.finished(place.start());
            var volume = place.sealed(1);

            place.client()
                    .persistentVolumeClaims()
                    .inNamespace(place.namespace())
                    .withName(volume.claim())
                    .delete();

            place.volume(ScriptedNamespace.MAIN, it -> it.generations().isEmpty());
            assertThat(place.finished(place.start()).getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(Objects.requireNonNull(place.sealed(2).seed()).mode()).isEqualTo(SeedMode.Cold);
        }
    }

    @Test
    void volumesThatAreLostStartFromWhatIsLeft() {
        try (var place = ScriptedNamespace.open("lost")) {
            place.pipeline(BUILD);
            place.finished(place.start());
            place.sealed(1);
            for (var ref : List.of(TOPIC, OTHER)) {
                place.repository().commit(ref, "Dockerfile", "FROM busybox\nRUN true\n", place.commit());
                assertThat(cacheFrom(place, ref)).startsWith("Overlay: generation 1 of refs/heads/main");
            }
            var cleared = seed(place, OTHER).needs();

            // The volume of an untrusted ref is seeded again.
            lose(place, TOPIC);
            assertThat(cacheFrom(place, TOPIC)).startsWith("Overlay: generation 1 of refs/heads/main");

            // Without main's volume there is nothing to start from, and the scope says so.
            lose(place, ScriptedNamespace.MAIN);
            place.hasEvent(place.scope(ScriptedNamespace.MAIN), "VolumeLost", "generations 1");
            place.volume(ScriptedNamespace.MAIN, volume -> volume.generations().isEmpty());
            assertThat(cacheFrom(place, TOPIC)).startsWith("Cold: ");

            // Once main has sealed again, a volume that needs what is lost moves to what is new.
            assertThat(cacheFrom(place, ScriptedNamespace.MAIN)).startsWith("Cold: ");
            place.sealed(2);
            assertThat(cacheFrom(place, OTHER)).startsWith("Overlay: generation 2 of refs/heads/main");
            assertThat(seed(place, OTHER).needs())
                    .as("another volume, though it has the same name")
                    .doesNotContainAnyElementsOf(cleared);
        }
    }

    @Test
    void volumeOfAnotherIsolationIsLeftAndRemoved() {
        try (var place = ScriptedNamespace.open("moves")) {
            var policy = place.policy("{isolation: Rootless}");
            try {
                place.pipeline("cache: {policy: %s}\n".formatted(place.namespace()) + BUILD);
                assertThat(cacheFrom(place, ScriptedNamespace.MAIN)).startsWith("Cold: ");
                var left = place.sealed(1);
                assertThat(left.isolation()).isEqualTo(IsolationForm.Rootless);

                place.patch(policy, "{\"spec\": {\"isolation\": \"UserNamespace\"}}");
                place.work()
                        .until(
                                "the operator to know the policy",
                                () -> Optional.ofNullable(place.client()
                                                .resource(policy)
                                                .get()
                                                .getStatus())
                                        .filter(status -> Long.valueOf(2).equals(status.observedGeneration())));

                assertThat(cacheFrom(place, ScriptedNamespace.MAIN))
                        .contains("isolation UserNamespace instead of Rootless");
                assertThat(place.volume(ScriptedNamespace.MAIN, volume -> true))
                        .returns(IsolationForm.UserNamespace, ScopeVolume::isolation)
                        .satisfies(volume -> assertThat(volume.claim()).isNotEqualTo(left.claim()));
                place.work()
                        .until(
                                "the volume that was left to go",
                                () -> Optional.of(place.work().children())
                                        .filter(children ->
                                                !children.contains("PersistentVolumeClaim/" + left.claim())));
            } finally {
                place.client().resource(policy).delete();
            }
        }
    }

    /** What a new run of a ref says that its build has started from. */
    private static String cacheFrom(ScriptedNamespace place, String ref) {
        var run = place.finished(place.start(ref));
        assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
        place.volume(ref, volume -> volume.run() == null && volume.lastUse() != null);
        return Objects.requireNonNull(TestNamespace.step(run, STEP).cacheFrom());
    }

    private static Seed seed(ScriptedNamespace place, String ref) {
        return Objects.requireNonNull(
                place.volume(ref, volume -> volume.seed() != null).seed());
    }

    /** Deletes a volume's claim, and waits until the operator knows. */
    private static void lose(ScriptedNamespace place, String ref) {
        var lost = place.volume(ref, volume -> volume.uid() != null);
        place.client()
                .persistentVolumeClaims()
                .inNamespace(place.namespace())
                .withName(lost.claim())
                .delete();
        place.volume(ref, volume -> !Objects.equals(volume.uid(), lost.uid()));
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
            place.sealed(1);
            place.finished(place.start());
            place.sealed(2);

            place.patch(place.scope(ScriptedNamespace.MAIN), "{\"spec\": {\"rollbackTo\": 1}}");
            place.finished(place.start());

            assertThat(place.sealed(3))
                    .returns(1, ScopeVolume::rolledBackTo)
                    .satisfies(volume -> assertThat(Objects.requireNonNull(volume.seed()))
                            .returns(SeedMode.Rollback, Seed::mode)
                            .returns(1, Seed::generation));
        }
    }

    private static String lastRun(ScopeVolume volume) {
        return Optional.ofNullable(volume.lastUse())
                .map(ScopeVolume.LastUse::run)
                .orElse("");
    }
}
