package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.Condition;
import dev.hearth.api.PendingSnapshot;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.api.StepStatus;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.testbed.CopyingDriver;
import dev.hearth.testbed.CopyingDriver.Binding;
import dev.hearth.testbed.CopyingDriver.Fault;
import dev.hearth.testbed.SnapshotApi;
import dev.hearth.testbed.TestNamespace;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens where storage cannot make snapshots, or no volumes from them: it is said, and the next mode used. */
class SnapshotLoopIT {
    private static final String TOPIC = "refs/heads/topic";
    private static final String STEP = "tool/linux/amd64";

    @Test
    void missingClassIsSaidAndTheNextModeUsed() {
        var reason = "VolumeSnapshotClass no-such-class, which does not exist";
        try (var place = new Place(
                "noclass", Fault.NONE, "storage: {snapshotClassName: no-such-class}, seed: [Snapshot, Copy]")) {
            place.build(ScriptedNamespace.MAIN);
            place.scripted
                    .work()
                    .until(
                            "the scope to say why it has no snapshot",
                            () -> place.scripted.scope(ScriptedNamespace.MAIN).conditions().stream()
                                    .filter(it -> it.message().contains("Snapshot is not used: ")
                                            && it.message().contains(reason))
                                    .findFirst());

            var seed = place.seedOfTopic();

            assertThat(seed.mode()).isEqualTo(SeedMode.Copy);
            assertThat(seed.message()).contains("not by Snapshot of refs/heads/main: ", reason);
            assertThat(place.policyConditions())
                    .anySatisfy(condition -> assertThat(condition.reason()).isEqualTo("SnapshotsUnavailable"))
                    .anySatisfy(condition -> assertThat(condition.message()).contains(reason));
        }
    }

    @Test
    void driverThatTakesNoSnapshotsIsShownAndTheNextModeUsed() {
        try (var place = new Place("nosnapshot", Fault.NO_SNAPSHOTS, "storage: %s, seed: [Snapshot, Copy]")) {
            place.build(ScriptedNamespace.MAIN);
            var failed = place.scripted
                    .work()
                    .until(
                            "the failure in the scope's status",
                            () -> place.scripted.scope(ScriptedNamespace.MAIN).getStatus().pendingSnapshots().stream()
                                    .filter(snapshot -> snapshot.error() != null)
                                    .findFirst());
            assertThat(failed)
                    .returns(1, PendingSnapshot::generation)
                    .returns("Failed to create snapshot: this driver takes none", PendingSnapshot::error);
            place.scripted.hasEvent("SnapshotFailed", "this driver takes none");

            var seed = place.seedOfTopic();

            assertThat(seed.mode()).isEqualTo(SeedMode.Copy);
            assertThat(seed.message()).contains(failed.name() + " failed: ", "this driver takes none");
        }
    }

    @ParameterizedTest
    @EnumSource
    void driverThatMakesNoVolumeIsWaitedForAndThenTheNextModeUsed(Binding binding) {
        var policy = "storage: %s, seed: [Snapshot, Overlay], seedWithin: 4s";
        try (var place = new Place("norestore", binding, Fault.NO_RESTORES, policy)) {
            place.build(ScriptedNamespace.MAIN);
            place.scripted.volume(
                    ScriptedNamespace.MAIN,
                    volume ->
                            volume.newest().filter(it -> it.snapshot() != null).isPresent());

            var run = place.scripted.start(TOPIC);

            // Then: the run says what it waits for, in the driver's words
            var waiting = place.scripted
                    .work()
                    .until(
                            run,
                            it -> it.getStatus().steps().stream()
                                    .anyMatch(step -> "PreparingVolume".equals(step.reason())
                                            && Objects.requireNonNull(step.message())
                                                    .contains("this driver restores nothing")));
            assertThat(TestNamespace.step(waiting, STEP)).returns(StepStatus.State.Pending, StepStatus::state);
            // and in the end starts from something else
            succeeded(place.scripted.finished(run));
            var seed = place.seed(volume -> true);
            assertThat(seed.mode()).isEqualTo(SeedMode.Overlay);
            assertThat(seed.message()).contains("storage did not restore VolumeSnapshot");
            place.scripted.hasEvent("SnapshotRestoreFailed", "this driver restores nothing");
        }
    }

    private static void succeeded(PipelineRun run) {
        assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Succeeded);
    }

    /** A namespace with a pipeline, a policy and a driver of its own. */
    private static final class Place implements AutoCloseable {
        final ScriptedNamespace scripted;
        private final CopyingDriver driver;
        private final CachePolicy policy;

        Place(String purpose, Fault fault, String policySpec) {
            this(purpose, Binding.Immediate, fault, policySpec);
        }

        Place(String purpose, Binding binding, Fault fault, String policySpec) {
            assumeTrue(SnapshotApi.definitions().isPresent(), "HEARTH_SNAPSHOT_CRDS names no definitions");
            scripted = ScriptedNamespace.open(purpose);
            new SnapshotApi(scripted.client()).install();
            driver = CopyingDriver.start(scripted.work().cluster(), binding, fault);
            var storage = "{className: %1$s, snapshotClassName: %1$s, size: 2Gi}".formatted(driver.name());
            policy = scripted.policy("{" + policySpec.formatted(storage) + "}");
            scripted.pipeline("builds: [{name: tool}]\ncache: {policy: %s}".formatted(scripted.namespace()));
            scripted.repository().commit(TOPIC, "Dockerfile", "FROM busybox\nRUN true\n", scripted.commit());
        }

        void build(String ref) {
            succeeded(scripted.finished(scripted.start(ref)));
            scripted.volume(ref, volume -> volume.run() == null && volume.lastUse() != null);
        }

        Seed seedOfTopic() {
            build(TOPIC);
            return seed(volume -> volume.run() == null);
        }

        Seed seed(Predicate<ScopeVolume> state) {
            return Objects.requireNonNull(scripted.volume(TOPIC, state).seed());
        }

        List<Condition> policyConditions() {
            return scripted.work()
                    .until(
                            "the policy's status",
                            () -> Optional.ofNullable(
                                    scripted.client().resource(policy).get().getStatus()))
                    .conditions();
        }

        @Override
        public void close() {
            scripted.client().resource(policy).delete();
            scripted.close();
            driver.close();
        }
    }
}
