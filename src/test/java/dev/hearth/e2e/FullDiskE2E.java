package dev.hearth.e2e;

import static dev.hearth.e2e.CacheFixture.scope;
import static dev.hearth.e2e.CacheFixture.sealed;
import static dev.hearth.e2e.CacheFixture.succeeded;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.testbed.FailedStep;
import dev.hearth.testbed.SmallDisks;
import dev.hearth.testbed.TestNamespace;
import dev.hearth.testbed.VolumeFiles;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A pull request that fills its disk, which is as small as its policy says: nobody else notices, and its next push is well. */
class FullDiskE2E {
    private static final String TOOL = "tool/linux/amd64";
    private static final String MAIN = "refs/heads/main";
    private static final String PULL = "refs/pull/1/head";

    @Test
    void pullRequestThatFillsItsDisk() {
        try (var work = TestNamespace.open("full");
                var repository = work.repository();
                var _ = SmallDisks.of(work, 2, 96)) {
            // Given: main's cache, and the limits of a policy
            var policy = CacheFixture.policy(
                    work,
                    "{storage: {className: %s, size: 96Mi}, retention: {maxTotal: 200Mi}}".formatted(work.namespace()));
            try {
                var commit = MinimalPipeline.push(repository);
                work.apply(CacheFixture.pipeline(repository, """
                        cache: {policy: %s}
                        builds: [{name: tool}]
                        """.formatted(work.namespace())));
                succeeded(work.finishedRunOf(commit));
                var claim = sealed(work, MAIN, commit).claim();
                String before;
                try (var files = VolumeFiles.of(work, claim)) {
                    before = files.hash("layers", "generations");
                }

                // When: a pull request writes more than a volume holds
                var greedy = repository.push(
                        PULL, Map.of("Dockerfile", "FROM busybox\nRUN dd if=/dev/zero of=/large bs=1M count=200\n"));
                var failed = work.finishedRunOf(greedy);

                // Then: its own run says which field to raise
                var step = FailedStep.of(failed, TOOL, "VolumeFull", Failure.Setup);
                assertThat(step.message()).contains("retention.untrusted.size");

                // And: its next push is built as if nothing had happened
                var modest = repository.push(
                        PULL, Map.of("Dockerfile", MinimalPipeline.DOCKERFILE + "# less of everything\n"));
                succeeded(work.finishedRunOf(modest));

                // And: main has lost nothing, neither a byte nor a step
                try (var files = VolumeFiles.of(work, claim)) {
                    assertThat(files.hash("layers", "generations")).isEqualTo(before);
                }
                var rerun = succeeded(work.finished(work.start("small", MAIN, commit)));
                assertThat(step(rerun, TOOL).executed()).isZero();
                assertThat(scope(work, MAIN).getMetadata().getDeletionTimestamp())
                        .isNull();
                assertThat(evictions(work, policy)).isZero();
            } finally {
                work.client().resource(policy).delete();
            }
        }
    }

    /** Where storage enforces no sizes, a pull request can fill what main's volume is on. */
    @Test
    void mainKeepsItsCacheWhenAPullRequestFillsTheDiskUnderBoth() {
        try (var work = TestNamespace.open("shared");
                var repository = work.repository();
                var _ = SmallDisks.sharing(work, 2, 96, 200)) {
            // Given: main's cache
            var policy =
                    CacheFixture.policy(work, "{storage: {className: %s, size: 96Mi}}".formatted(work.namespace()));
            try {
                var commit = MinimalPipeline.push(repository);
                work.apply(CacheFixture.pipeline(repository, """
                        cache: {policy: %s}
                        infrastructureRetries: 0
                        builds: [{name: tool}]
                        """.formatted(work.namespace())));
                succeeded(work.finishedRunOf(commit));
                var claim = sealed(work, MAIN, commit).claim();
                try (var files = VolumeFiles.of(work, claim)) {
                    var before = files.hash("layers", "generations");

                    // When: a pull request fills the disk, and goes on
                    repository.push(PULL, Map.of("Dockerfile", """
                            FROM busybox
                            RUN --mount=type=cache,target=/c dd if=/dev/zero of=/c/x bs=1M || sleep 3000
                            """));
                    work.until(
                            "a full disk",
                            () -> Optional.of(files.shell("stat -f -c %a .")).filter("0"::equals));
                    var failed = work.finishedRunOf(repository.push(
                            MAIN, Map.of("Dockerfile", "FROM busybox\nRUN dd if=/dev/zero of=/made bs=1M count=20\n")));

                    // Then: main's run says what it found, and main has lost nothing
                    var step = FailedStep.of(failed, TOOL, "StorageFull", Failure.Infrastructure);
                    assertThat(step.message())
                            .containsPattern("the storage under .* is full .*content is only [0-9]+ MiB of its 96 MiB");
                    assertThat(files.hash("layers", "generations")).isEqualTo(before);

                    // And: is as warm as ever once there is room
                    work.client().resources(PipelineRun.class).inNamespace(work.namespace()).list().getItems().stream()
                            .filter(run -> run.getSpec().ref().equals(PULL))
                            .forEach(run -> work.client().resource(run).delete());
                    work.until(
                            "room",
                            () -> Optional.of(files.shell("stat -f -c %a .")).filter(free -> !"0".equals(free)));
                    var rerun = succeeded(work.finished(work.start("small", MAIN, commit)));
                    assertThat(step(rerun, TOOL).executed()).isZero();
                }
            } finally {
                work.client().resource(policy).delete();
            }
        }
    }

    private static @Nullable Long evictions(TestNamespace work, CachePolicy policy) {
        return work.client().resource(policy).get().getStatus().evictions();
    }
}
