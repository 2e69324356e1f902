package dev.hearth.e2e;

import static dev.hearth.e2e.CacheFixture.log;
import static dev.hearth.e2e.CacheFixture.policy;
import static dev.hearth.e2e.CacheFixture.sealed;
import static dev.hearth.e2e.CacheFixture.seed;
import static dev.hearth.e2e.CacheFixture.succeeded;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.SeedMode;
import dev.hearth.testbed.TestNamespace;
import dev.hearth.testbed.VolumeFiles;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A pull request starts as warm as main, by each way of seeding. */
class SeedE2E {
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

    @Test
    void overlay() {
        provesThatAPullRequestStartsFrom(SeedMode.Overlay, "dependency\none\nproposed");
    }

    @Test
    void copy() {
        provesThatAPullRequestStartsFrom(SeedMode.Copy, "dependency\none\nproposed");
    }

    /** A cache directory holds layers and no cache mounts. */
    @Test
    void exportedDirectory() {
        provesThatAPullRequestStartsFrom(SeedMode.Import, "proposed");
    }

    private static void provesThatAPullRequestStartsFrom(SeedMode mode, String lines) {
        try (var work = TestNamespace.open("seed-" + mode.name().toLowerCase(java.util.Locale.ROOT));
                var repository = work.repository()) {
            // Given: main has built and sealed
            var policy = policy(work, "{seed: [" + mode + "]}");
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

                // When: a pull request changes the source
                var proposed = repository.push("refs/pull/1/head", Map.of("source", "proposed\n"));
                var run = succeeded(work.finishedRunOf(proposed));

                // Then: what it did not change is cached, and it sees main's cache mount where the mode has them
                var step = step(run, "tool/linux/amd64");
                assertThat(step.cached()).as("%s", step).isEqualTo(3);
                assertThat(step.executed()).as("%s", step).isEqualTo(5);
                assertThat(step.cacheFrom()).startsWith(mode.name() + ": generation 1 of refs/heads/main");
                assertThat(log(work, step(run, "lines").pod())).isEqualTo(lines);
                assertThat(seed(work, "refs/pull/1/head")).satisfies(seed -> {
                    assertThat(seed.mode()).isEqualTo(mode);
                    assertThat(seed.ref()).isEqualTo("refs/heads/main");
                    assertThat(seed.commit()).isEqualTo(main);
                });
                assertThat(files.hash(".")).as("files of main's volume").isEqualTo(before);

                // And the same commit again runs nothing, from its own cache
                var again = step(
                        succeeded(work.finished(work.start("small", "refs/pull/1/head", proposed))),
                        "tool/linux/amd64");
                assertThat(again.executed()).as("%s", again).isZero();
                assertThat(again.cacheFrom()).startsWith("Own: of run ");
            } finally {
                work.client().resource(policy).delete();
            }
        }
    }
}
