package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Many tags that are pushed at once: their runs take turns. */
class FloodE2E {
    private static final int TAGS = 30;

    /** As manifests/install says. */
    private static final int LIMIT = 20;

    @Test
    void runsTakeTurnsAndAllOfThemEnd() {
        try (var work = TestNamespace.open("flood");
                var repository = work.repository()) {
            for (int tag = 0; tag < TAGS; tag++) {
                repository.push("refs/tags/t" + tag, Map.of());
            }
            work.apply(MinimalPipeline.pipeline(repository, """
                            trust: {tags: ["t*"]}
                            timeout: 10m
                            tasks:
                            - name: wait
                              image: busybox
                              command: [sh, -c, "trap 'exit 1' TERM; until nslookup go.%s.svc.cluster.local; do sleep 2 & wait; done"]
                            """.formatted(work.namespace()))
                    .replace("branches: [main]", "tags: ['t*']"));

            var full = until(
                    work,
                    runs -> count(runs, FloodE2E::isActive) == LIMIT
                            && count(runs, FloodE2E::isQueued) == TAGS - LIMIT);
            var queued = full.stream().filter(FloodE2E::isQueued).toList();

            assertThat(queued).allSatisfy(run -> {
                assertThat(run.getStatus().phase()).isEqualTo(Phase.Pending);
                assertThat(run.getStatus().startedAt())
                        .as("a time that is running")
                        .isNull();
                assertThat(condition(run, "Succeeded").orElseThrow().message())
                        .isEqualTo("waiting for one of the 20 active runs of pipeline small to finish: the limit is"
                                + " runs.perPipeline of the Helm chart's values");
            });

            work.client()
                    .resource(queued.getFirst())
                    .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"cancel\":true}}");
            assertThat(work.finished(queued.getFirst()).getStatus())
                    .returns(Phase.Cancelled, PipelineRunStatus::phase)
                    .returns(null, PipelineRunStatus::startedAt);

            var deleted = full.stream().filter(FloodE2E::isActive).findFirst().orElseThrow();
            work.client().resource(deleted).delete();
            until(work, runs -> runs.size() == TAGS - 1 && count(runs, FloodE2E::isActive) == LIMIT);

            work.openName("go");
            var ended = until(
                    work, runs -> runs.stream().allMatch(run -> run.getStatus().finishedAt() != null));
            assertThat(ended).hasSize(TAGS - 1);
            assertThat(ended)
                    .filteredOn(run -> run.getStatus().phase() != Phase.Succeeded)
                    .hasSize(1);
        }
    }

    /** No look on the way shows more active runs than there may be. */
    private static List<PipelineRun> until(TestNamespace work, Predicate<List<PipelineRun>> condition) {
        return work.until("runs that take turns", () -> {
            var runs = work.runs();
            assertThat(count(runs, FloodE2E::isActive)).isLessThanOrEqualTo(LIMIT);
            return Optional.of(runs)
                    .filter(all -> all.stream().allMatch(run -> run.getStatus() != null))
                    .filter(condition);
        });
    }

    private static boolean isActive(PipelineRun run) {
        var status = run.getStatus();
        return status != null && status.startedAt() != null && status.finishedAt() == null;
    }

    private static boolean isQueued(PipelineRun run) {
        return run.getStatus() != null
                && condition(run, "Succeeded").orElseThrow().reason().equals("ConcurrencyLimited");
    }

    private static long count(List<PipelineRun> runs, Predicate<PipelineRun> which) {
        return runs.stream().filter(which).count();
    }
}
