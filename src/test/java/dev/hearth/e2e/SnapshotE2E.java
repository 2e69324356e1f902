package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicyStatus;
import dev.hearth.api.CacheScope;
import dev.hearth.api.PendingSnapshot;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.api.StepStatus;
import dev.hearth.testbed.CopyingDriver;
import dev.hearth.testbed.CopyingDriver.Binding;
import dev.hearth.testbed.CopyingDriver.Fault;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.SnapshotApi;
import dev.hearth.testbed.TestNamespace;
import dev.hearth.testbed.VolumeFiles;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** New volumes made from SnapshotClient of main's, and what happens where storage cannot do it. */
class SnapshotE2E {
    private static final String MAIN = "refs/heads/main";
    private static final String PULL_REQUEST = "refs/pull/7/head";
    private static final String BUILD = "tool/linux/amd64";
    private static final String DOCKERFILE = """
            FROM busybox
            RUN echo dependencies >/dependencies
            RUN --mount=type=cache,target=/cache echo main >>/cache/used && cat /cache/used >/seen
            COPY source /
            RUN cat /source >/made
            """;

    @BeforeAll
    static void install() {
        var cluster = HearthDeployment.shared();
        assumeTrue(SnapshotApi.definitions().isPresent(), "HEARTH_SNAPSHOT_CRDS names no definitions");
        assumeTrue(cluster.node().isPresent(), "the stand-in for a driver needs a node of ours");
        new SnapshotApi(cluster.client()).install();
    }

    @Test
    void pullRequestStartsFromASnapshotOfMainAndChangesNothingThere() {
        try (var place =
                new Place("snapshot", Binding.WaitForFirstConsumer, Fault.NONE, "storage: %s, seed: [Snapshot]")) {
            // Given
            var first = place.push(MAIN, "one");
            place.succeeded(first);
            var sealed = place.sealedWithSnapshot(1);
            assertThat(sealed.generation()).isEqualTo(1);
            var before = place.sealedFiles(sealed.claim());
            place.spoil(sealed.newest().orElseThrow());

            // When
            var proposed = place.succeeded(place.push(PULL_REQUEST, "two"));

            // Then: its volume was made from the snapshot, as large as that needs
            var volume = place.volume(PULL_REQUEST);
            assertThat(Objects.requireNonNull(volume.seed()))
                    .returns(SeedMode.Snapshot, Seed::mode)
                    .returns(sealed.newest().orElseThrow().snapshot(), Seed::snapshot)
                    .returns(sealed.claim(), Seed::claim);
            var claim = place.work
                    .client()
                    .persistentVolumeClaims()
                    .inNamespace(place.work.namespace())
                    .withName(volume.claim())
                    .require();
            assertThat(claim.getSpec().getDataSource().getName())
                    .isEqualTo(volume.seed().snapshot());
            assertThat(claim.getSpec().getResources().getRequests().get("storage"))
                    .hasToString(CopyingDriver.RESTORE_SIZE);
            // what is unchanged is CACHED
            assertThat(step(proposed, BUILD)).returns(2, StepStatus::cached).returns(2, StepStatus::executed);
            assertThat(step(proposed, BUILD).cacheFrom()).startsWith("Snapshot: generation 1 of refs/heads/main");
            // of main's volume it has what was sealed then, and nothing else
            var copy = "volumes/" + sealed.claim();
            try (var files = VolumeFiles.of(place.work, volume.claim())) {
                assertThat(files.shell("ls")).doesNotContain("sealing", "generations");
                assertThat(files.shell("ls root")).doesNotContain("unsealed");
                assertThat(files.shell("ls volumes")).isEqualTo(sealed.claim());
                assertThat(files.shell("cd " + copy + "; ls layers generations | sed 's/^\\([0-9]*\\)-.*/\\1/'"))
                        .isEqualTo("generations:\n1\n\nlayers:\n1");
            }
            // and main's files are what they were
            assertThat(place.sealedFiles(sealed.claim())).isEqualTo(before);

            // When it runs again, it goes on with its own
            var again = place.succeeded(place.push(PULL_REQUEST, "two", "README"));
            assertThat(step(again, BUILD).executed()).isZero();
            assertThat(step(again, BUILD).cacheFrom())
                    .isEqualTo("Own: of run " + proposed.getMetadata().getName());

            // When main is sealed again, its snapshot takes the place of the one before
            place.succeeded(place.push(MAIN, "three"));
            place.sealedWithSnapshot(2);
            place.work.until(
                    "the older snapshot to go",
                    () -> Optional.of(place.snapshots()).filter(List.of(sealed.claim() + "-2")::equals));

            // When main's scope goes, so do its snapshots; the pull request's volume needs neither
            place.work.client().resource(place.scope(MAIN)).delete();
            place.work.until(
                    "all snapshots to go", () -> Optional.of(place.snapshots()).filter(List::isEmpty));
            var last = place.succeeded(place.push(PULL_REQUEST, "four"));
            assertThat(step(last, BUILD).cached()).isEqualTo(2);
        }
    }

    @Test
    void missingClassIsSaidAndTheNextModeUsed() {
        var policy = "storage: {snapshotClassName: no-such-class}, seed: [Snapshot, Copy]";
        var reason = "VolumeSnapshotClass no-such-class, which does not exist";
        try (var place = new Place("noclass", Binding.Immediate, Fault.NONE, policy)) {
            place.succeeded(place.push(MAIN, "one"));
            place.work.until(
                    "the scope to say why it has no snapshot",
                    () -> Optional.of(place.scope(MAIN).getStatus().conditions())
                            .filter(conditions -> conditions.stream()
                                    .anyMatch(it -> it.message().contains("Snapshot is not used: ")
                                            && it.message().contains(reason))));

            place.succeeded(place.push(PULL_REQUEST, "two"));

            var seed = Objects.requireNonNull(place.volume(PULL_REQUEST).seed());
            assertThat(seed.mode()).isEqualTo(SeedMode.Copy);
            assertThat(seed.message()).contains("not by Snapshot of refs/heads/main: ", reason);
            assertThat(place.policyStatus().conditions())
                    .anySatisfy(condition -> assertThat(condition.reason()).isEqualTo("SnapshotsUnavailable"))
                    .anySatisfy(condition -> assertThat(condition.message()).contains(reason));
        }
    }

    @Test
    void driverThatTakesNoSnapshotsIsShownAndTheNextModeUsed() {
        try (var place =
                new Place("nosnapshot", Binding.Immediate, Fault.NO_SNAPSHOTS, "storage: %s, seed: [Snapshot, Copy]")) {
            place.succeeded(place.push(MAIN, "one"));
            var failed = place.work.until(
                    "the failure in the scope's status",
                    () -> place.scope(MAIN).getStatus().pendingSnapshots().stream()
                            .filter(snapshot -> snapshot.error() != null)
                            .findFirst());
            assertThat(failed)
                    .returns(1, PendingSnapshot::generation)
                    .returns("Failed to create snapshot: this driver takes none", PendingSnapshot::error);
            place.hasEvent("SnapshotFailed", "this driver takes none");

            place.succeeded(place.push(PULL_REQUEST, "two"));

            var seed = Objects.requireNonNull(place.volume(PULL_REQUEST).seed());
            assertThat(seed.mode()).isEqualTo(SeedMode.Copy);
            assertThat(seed.message()).contains(failed.name() + " failed: ", "this driver takes none");
        }
    }

    @ParameterizedTest
    @EnumSource
    void driverThatMakesNoVolumeIsWaitedForAndThenTheNextModeUsed(Binding binding) {
        var policy = "storage: %s, seed: [Snapshot, Overlay], seedWithin: 8s";
        try (var place = new Place("norestore", binding, Fault.NO_RESTORES, policy)) {
            place.succeeded(place.push(MAIN, "one"));
            place.sealedWithSnapshot(1);

            var commit = place.push(PULL_REQUEST, "two");

            // Then: the run says what it waits for, in the driver's words
            place.work.until(
                    "the run to say what it waits for",
                    () -> place.work.runs().stream()
                            .filter(run -> commit.equals(run.getSpec().commit()) && run.getStatus() != null)
                            .flatMap(run -> run.getStatus().steps().stream())
                            .filter(step -> "PreparingVolume".equals(step.reason()))
                            .filter(step ->
                                    Objects.requireNonNull(step.message()).contains("this driver restores nothing"))
                            .findFirst());
            // and in the end starts from something else
            var run = place.succeeded(commit);
            var volume = place.volume(PULL_REQUEST);
            assertThat(Objects.requireNonNull(volume.seed()).mode()).isEqualTo(SeedMode.Overlay);
            assertThat(volume.seed().message()).contains("storage did not restore VolumeSnapshot");
            assertThat(step(run, BUILD).cached()).as("%s", step(run, BUILD)).isEqualTo(2);
            place.hasEvent("SnapshotRestoreFailed", "this driver restores nothing");
        }
    }

    /** A namespace with a pipeline, a policy and a driver of its own. */
    private static final class Place implements AutoCloseable {
        final TestNamespace work;
        private final CopyingDriver driver;
        private final GitRepository repository;
        private final CachePolicy policy;

        Place(String purpose, Binding binding, Fault fault, String policySpec) {
            work = TestNamespace.open(purpose);
            driver = CopyingDriver.start(work.cluster(), binding, fault);
            repository = work.repository();
            var storage = "{className: %1$s, snapshotClassName: %1$s, size: 2Gi}".formatted(driver.name());
            policy = CacheFixture.policy(work, "{" + policySpec.formatted(storage) + "}");
            work.apply(CacheFixture.pipeline(
                    repository, "builds: [{name: tool}]\ncache: {policy: %s}".formatted(work.namespace())));
        }

        String push(String ref, String source, String... others) {
            var files = new java.util.HashMap<>(Map.of("Dockerfile", DOCKERFILE, "source", source));
            List.of(others).forEach(other -> files.put(other, source));
            return repository.push(ref, files);
        }

        PipelineRun succeeded(String commit) {
            return CacheFixture.succeeded(work.finishedRunOf(commit));
        }

        CacheScope scope(String ref) {
            return CacheFixture.scope(work, ref);
        }

        ScopeVolume volume(String ref) {
            return CacheFixture.volume(work, ref);
        }

        /** Main's volume, once others can start from a snapshot of this generation. */
        ScopeVolume sealedWithSnapshot(int generation) {
            return work.until(
                    "a snapshot of generation " + generation,
                    () -> Optional.of(volume(MAIN))
                            .filter(volume -> volume.newest()
                                    .filter(it -> it.number() == generation)
                                    .map(SealedGeneration::snapshot)
                                    .isPresent()));
        }

        List<String> snapshots() {
            return new SnapshotApi(work.client())
                    .snapshots().inNamespace(work.namespace()).list().getItems().stream()
                            .map(snapshot -> snapshot.getMetadata().getName())
                            .toList();
        }

        String sealedFiles(String claim) {
            try (var files = VolumeFiles.of(work, claim)) {
                return files.hash("layers", "generations");
            }
        }

        /** Adds to a snapshot what it would hold had it been taken while a later run built and sealed. */
        void spoil(SealedGeneration generation) {
            driver.inSnapshot(work.namespace(), Objects.requireNonNull(generation.snapshot()), """
                    mkdir -p layers/2/snapshots/9 generations/.2/root generations/3/root trash/1/x upper/x
                    echo 2 >sealing
                    touch root/unsealed
                    """);
        }

        CachePolicyStatus policyStatus() {
            return work.until(
                    "the policy's status",
                    () -> Optional.ofNullable(
                            work.client().resource(policy).get().getStatus()));
        }

        void hasEvent(String reason, String text) {
            work.until(
                    "event " + reason,
                    () -> work.client().v1().events().inNamespace(work.namespace()).list().getItems().stream()
                            .filter(event -> reason.equals(event.getReason())
                                    && event.getMessage().contains(text))
                            .findFirst());
        }

        @Override
        public void close() {
            work.client().resource(policy).delete();
            repository.close();
            work.close();
            driver.close();
        }
    }
}
