package dev.hearth.e2e;

import static dev.hearth.e2e.CacheFixture.log;
import static dev.hearth.e2e.CacheFixture.policy;
import static dev.hearth.e2e.CacheFixture.sealed;
import static dev.hearth.e2e.CacheFixture.seed;
import static dev.hearth.e2e.CacheFixture.succeeded;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import dev.hearth.testbed.VolumeFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** A pull request starts as warm as main, by each way of seeding. */
@Order(2) // takes long
class SeedE2E {
    private static final String TOOL = "tool/linux/amd64";
    private static final List<SeedMode> MODES = List.of(SeedMode.Import, SeedMode.Copy, SeedMode.Overlay);

    /** Layers that delete what lower ones made, a cache mount, and steps that a change of the source runs. */
    private static final String DOCKERFILE = """
            FROM busybox AS made
            RUN mkdir -p /kept /gone /again/old && touch /kept/a /kept/b /gone/a /again/old/a
            RUN rm -rf /gone /kept/a /again && mkdir /again && touch /again/new
            RUN --mount=type=cache,target=/cache echo dependency >>/cache/lines
            COPY source /source
            RUN --mount=type=cache,target=/cache cat /source >>/cache/lines; cp /cache/lines /lines
            RUN find /kept /again /gone 2>/dev/null | sort >/found
            RUN test "$(cat /found | tr '\\n' ' ')" = "/again /again/new /kept /kept/b "
            FROM scratch
            COPY --from=made /lines /
            """;

    /** What a pull request finds in the cache mount: a cache directory holds layers and no cache mounts. */
    private static final Map<SeedMode, String> LINES = Map.of(
            SeedMode.Import, "proposed",
            SeedMode.Copy, "dependency\none\nproposed",
            SeedMode.Overlay, "dependency\none\nproposed");

    @Test
    void pullRequestsStartAsWarmAsMainByEachMode() {
        try (var work = TestNamespace.open("seed");
                var repository = work.repository()) {
            // Given: main has built and sealed, a cache directory too
            var policy = policy(work, "{seed: [Import]}");
            var main = repository.push("refs/heads/main", Map.of("Dockerfile", DOCKERFILE, "source", "one\n"));
            work.apply(CacheFixture.pipeline(repository, """
                    cache: {policy: %s}
                    builds: [{name: tool, artifact: true}]
                    tasks: [{name: lines, image: busybox, artifacts: [tool], command: [cat, /artifacts/tool/lines]}]
                    """.formatted(work.namespace())));
            succeeded(work.finishedRunOf(main));
            var trusted = sealed(work, "refs/heads/main", main);
            try (var files = VolumeFiles.of(work, trusted.claim())) {
                var before = files.hash(".");

                // When: pull requests change the source, and each is seeded in another way
                var proposed = new ArrayList<PipelineRun>();
                for (SeedMode mode : MODES) {
                    CacheFixture.change(work, policy, "{\"seed\": [\"" + mode + "\"]}");
                    var commit = repository.push(ref(mode), Map.of("source", "proposed\n", "mode", mode + "\n"));
                    var run = succeeded(work.finishedRunOf(commit));
                    startsFrom(work, main, run, mode);
                    proposed.add(run);
                }
                assertThat(files.hash(".")).as("files of main's volume").isEqualTo(before);

                // And the same commits again run nothing, from their own caches
                var again = proposed.stream()
                        .map(run -> work.start(
                                "small", run.getSpec().ref(), run.getSpec().commit()))
                        .toList();
                for (PipelineRun run : again) {
                    var step = step(succeeded(work.finished(run)), TOOL);
                    assertThat(step.executed()).as("%s", step).isZero();
                    assertThat(step.cacheFrom()).startsWith("Own: of run ");
                }

                // And a volume whose claim was deleted starts from main again, under the claim's old name
                var last = again.getLast();
                var lost = loseVolume(work, last.getSpec().ref());
                var reseeded = succeeded(work.finished(
                        work.start("small", last.getSpec().ref(), last.getSpec().commit())));
                startsFrom(work, main, reseeded, MODES.getLast());
                assertThat(CacheFixture.volume(work, last.getSpec().ref()).claim())
                        .isEqualTo(lost.claim());
            } finally {
                work.client().resource(policy).delete();
            }
        }
    }

    /** What a pull request did not change is cached, and it sees main's cache mount where the mode has them. */
    private static void startsFrom(TestNamespace work, String main, PipelineRun run, SeedMode mode) {
        var step = step(run, TOOL);
        assertThat(step.cached()).as("%s", step).isEqualTo(3);
        assertThat(step.executed()).as("%s", step).isEqualTo(5);
        assertThat(step.cacheFrom()).startsWith(mode.name() + ": generation 1 of refs/heads/main");
        assertThat(log(work, step(run, "lines").pod())).isEqualTo(LINES.get(mode));
        assertThat(seed(work, ref(mode)))
                .returns(mode, Seed::mode)
                .returns("refs/heads/main", Seed::ref)
                .returns(main, Seed::commit);
    }

    /** Deletes the claim of a ref's volume, and waits until the operator has seen it. */
    private static ScopeVolume loseVolume(TestNamespace work, String ref) {
        var lost = CacheFixture.volume(work, ref);
        assertThat(lost.uid()).isNotNull();
        try (var operator = HearthDeployment.operator(work.cluster())) {
            operator.persistentVolumeClaims()
                    .inNamespace(work.namespace())
                    .withName(lost.claim())
                    .delete();
        }
        work.until(
                "the loss to be seen",
                () -> Optional.of(CacheFixture.volume(work, ref)).filter(it -> !Objects.equals(it.uid(), lost.uid())));
        return lost;
    }

    private static String ref(SeedMode mode) {
        return "refs/pull/" + (1 + MODES.indexOf(mode)) + "/head";
    }
}
