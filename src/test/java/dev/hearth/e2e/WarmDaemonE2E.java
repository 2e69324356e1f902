package dev.hearth.e2e;

import static dev.hearth.e2e.CacheFixture.sealed;
import static dev.hearth.e2e.CacheFixture.succeeded;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.StepStatus;
import dev.hearth.testbed.TestNamespace;
import dev.hearth.testbed.WarmPodFinder;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Pods that wait with a running daemon for the next run of their ref, on a real node. */
class WarmDaemonE2E {
    private static final String MAIN = "refs/heads/main";
    private static final String STEP = "tool/linux/amd64";
    private static final String DOCKERFILE = """
            FROM busybox
            RUN --mount=type=cache,target=/kept echo run >>/kept/runs && cp /kept/runs /runs
            COPY number /
            RUN cat /runs /number >/tool
            """;

    /** The second run builds another commit, so it shows that its own request reaches the daemon that waited. */
    @Test
    @ResourceLock(value = WarmPodFinder.ROOM, mode = ResourceAccessMode.READ)
    void aRunBuildsInThePodThatWaitedForItAndSealsWhatItMade() {
        try (var work = TestNamespace.open("warm");
                var repository = work.repository()) {
            var policy = CacheFixture.policy(work, "{keepWarm: {trusted: 10m}, storage: {size: 4Gi}}");
            var first = repository.push(MAIN, Map.of("Dockerfile", DOCKERFILE, "number", "1"));
            work.apply(CacheFixture.pipeline(
                    repository,
                    "builds: [{name: tool}]\ncache: {policy: "
                            + policy.getMetadata().getName() + "}"));
            succeeded(work.finishedRunOf(first));
            sealed(work, MAIN, first);
            var warm = WarmPodFinder.untilOneWaits(work);

            var second = repository.push(MAIN, Map.of("Dockerfile", DOCKERFILE, "number", "2"));
            var run = succeeded(work.finishedRunOf(second));

            assertThat(step(run, STEP))
                    .returns(warm.getMetadata().getName(), StepStatus::pod)
                    .satisfies(it -> assertThat(it.cached()).isPositive())
                    .satisfies(it -> assertThat(it.executed()).isEqualTo(2))
                    .satisfies(it -> assertThat(it.startedAt())
                            .isGreaterThanOrEqualTo(
                                    Objects.requireNonNull(run.getStatus().startedAt())
                                            .substring(0, 19)));
            sealed(work, MAIN, second);
            assertThat(WarmPodFinder.untilOneWaits(work).getMetadata().getUid())
                    .as("another one waits")
                    .isNotEqualTo(warm.getMetadata().getUid());
        }
    }

    /** A run of the same commit reuses the artifact of one of its builds, and builds the other one again. */
    @Test
    @ResourceLock(value = WarmPodFinder.ROOM, mode = ResourceAccessMode.READ)
    void aRunThatReusesABuildTakesThePodForTheOthersAndSealsToo() {
        try (var work = TestNamespace.open("subset");
                var repository = work.repository()) {
            var policy = CacheFixture.policy(work, "{keepWarm: {trusted: 10m}, storage: {size: 4Gi}}");
            var commit = repository.push(MAIN, Map.of("Dockerfile", DOCKERFILE, "number", "1"));
            work.apply(CacheFixture.pipeline(
                            repository,
                            "builds: [{name: tool}, {name: files, artifact: true}]\ncache: {policy: "
                                    + policy.getMetadata().getName() + "}")
                    .replace("artifacts: {reuse: false}", "artifacts: {reuse: true}"));
            succeeded(work.finishedRunOf(commit));
            sealed(work, MAIN, commit);
            var warm = WarmPodFinder.untilOneWaits(work);

            var run = succeeded(work.finished(work.start("small", MAIN, commit)));

            assertThat(step(run, "files/linux/amd64").reason()).isEqualTo("ArtifactReused");
            assertThat(step(run, STEP))
                    .returns(warm.getMetadata().getName(), StepStatus::pod)
                    .returns(0, StepStatus::executed);
            work.until(
                    "a generation of the second run",
                    () -> CacheFixture.volume(work, MAIN)
                            .newest()
                            .filter(generation ->
                                    generation.run().equals(run.getMetadata().getName())));
        }
    }
}
