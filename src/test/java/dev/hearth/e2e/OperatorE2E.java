package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.testbed.TestNamespace;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What an admin sees of the operator itself. */
class OperatorE2E {

    @Test
    void countsReconciliationsByController() {
        try (var work = TestNamespace.open("metrics");
                var repository = work.repository()) {
            MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(
                    repository, "tasks: [{name: unit, image: busybox, command: [/bin/true]}]"));

            until(
                    work,
                    "reconciliations",
                    it -> it.has("reconciliations_success_total", "controller_name", "pipeline"));
            assertThat(MetricsReader.of(work).sum("hearth_leading")).isEqualTo(1);
        }
    }

    @Test
    void countsWhatCachesHoldAndWhatTheyAreGoodFor() {
        try (var work = TestNamespace.open("figures");
                var repository = work.repository()) {
            // Given
            var commit = MinimalPipeline.push(repository);
            var pipeline = work.apply(CacheFixture.pipeline(repository, "builds: [{name: tool, artifact: true}]"));
            var of = new String[] {"pipeline", work.namespace() + "/small", "trust", "Trusted"};

            // When
            var run = CacheFixture.succeeded(work.finishedRunOf(commit));
            CacheFixture.sealed(work, "refs/heads/main", commit);

            // Then
            var cold = until(work, "a generation", it -> it.sum("hearth_cache_generations_sealed_total", of) == 1);
            assertThat(cold.sum("hearth_cache_seeds_total", of)).isEqualTo(1);
            assertThat(cold.sum("hearth_cache_seeds_total", "pipeline", of[1], "mode", "Cold"))
                    .isEqualTo(1);
            assertThat(cold.sum("hearth_cache_seed_seconds_count", of)).isEqualTo(1);
            assertThat(cold.sum("hearth_cache_seal_seconds_count", of)).isEqualTo(1);
            assertThat(cold.sum("hearth_cache_steps_total", "pipeline", of[1], "result", "Executed"))
                    .isPositive();
            var full = until(work, "the size of a cache", it -> it.sum("hearth_cache_bytes", of) > 0);
            assertThat(full.sum("hearth_cache_scopes", of)).isEqualTo(1);
            assertThat(full.sum("hearth_cache_volumes", of)).isEqualTo(1);

            // When: the same again
            var again = work.finished(work.start("small", "refs/heads/main", commit));

            // Then: only what happened anew is counted
            var warm = until(
                    work,
                    "steps from the cache",
                    it -> it.sum("hearth_cache_steps_total", "pipeline", of[1], "result", "Cached") > 0);
            assertThat(warm.sum("hearth_cache_seeds_total", of)).isEqualTo(1);
            assertThat(warm.sum("hearth_cache_steps_total", "pipeline", of[1], "result", "Executed"))
                    .isEqualTo(cold.sum("hearth_cache_steps_total", "pipeline", of[1], "result", "Executed"));
            assertThat(warm.text())
                    .doesNotContain(commit.substring(0, 8), "refs/heads")
                    .doesNotContain(
                            run.getMetadata().getName(), again.getMetadata().getName());

            // When
            work.client().resource(pipeline).delete();

            // Then
            until(work, "nothing of it", it -> !it.text().contains(of[1]));
        }
    }

    @Test
    void loadsItsClassesFromTheAheadOfTimeCacheOfTheImage() {
        try (var work = TestNamespace.open("classes")) {
            // The JVM maps a cache only if it fits the JVM, its options and the jars; otherwise it starts without.
            assertThat(OperatorPod.output(work, "cat", "/proc/1/maps")).contains("/opt/hearth/hearth.aot");
        }
    }

    private static MetricsReader until(TestNamespace work, String what, Predicate<MetricsReader> condition) {
        return work.until(
                what + " in the metrics",
                () -> Optional.of(MetricsReader.of(work)).filter(condition));
    }
}
