package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
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

/** New volumes made from snapshots of main's. What happens where storage cannot do it is in SnapshotLoopIT. */
class SnapshotE2E {
    private static final String MAIN = "refs/heads/main";
    private static final String PULL_REQUEST = "refs/pull/7/head";
    private static final String OTHER_PULL_REQUEST = "refs/pull/8/head";
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
        try (var place = new Place()) {
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

            // When storage restores no snapshot any more, a pull request starts in another way, and as warm
            place.driver.fail(Fault.NO_RESTORES);
            CacheFixture.change(place.work, place.policy, "{\"seedWithin\": \"4s\"}");
            var other = place.succeeded(place.push(OTHER_PULL_REQUEST, "three and more"));
            assertThat(step(other, BUILD)).returns(2, StepStatus::cached).returns(2, StepStatus::executed);
            assertThat(step(other, BUILD).cacheFrom()).startsWith("Overlay: generation 2 of refs/heads/main");

            // When main's scope goes, so do its snapshots; the pull request's volume needs neither
            place.work.client().resource(place.scope(MAIN)).delete();
            place.work.until(
                    "all snapshots to go", () -> Optional.of(place.snapshots()).filter(List::isEmpty));
            var last = place.succeeded(place.push(PULL_REQUEST, "four"));
            assertThat(step(last, BUILD).cached()).isEqualTo(2);
        }
    }

    /** A namespace with a pipeline, a policy and a driver of its own. */
    private static final class Place implements AutoCloseable {
        final TestNamespace work;
        private final CopyingDriver driver;
        private final GitRepository repository;
        private final CachePolicy policy;

        Place() {
            work = TestNamespace.open("snapshot");
            driver = CopyingDriver.start(work.cluster(), Binding.WaitForFirstConsumer, Fault.NONE);
            repository = work.repository();
            var storage = "{className: %1$s, snapshotClassName: %1$s, size: 2Gi}".formatted(driver.name());
            policy = CacheFixture.policy(work, "{storage: " + storage + ", seed: [Snapshot, Overlay]}");
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

        @Override
        public void close() {
            work.client().resource(policy).delete();
            repository.close();
            work.close();
            driver.close();
        }
    }
}
