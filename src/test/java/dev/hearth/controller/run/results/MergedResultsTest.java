package dev.hearth.controller.run.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.StepStatusBuilder;
import dev.hearth.api.Trust;
import dev.hearth.cluster.storage.NoStorage;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.Specs;
import dev.hearth.results.ResultStore;
import dev.hearth.results.RunId;
import dev.hearth.results.StoreLimits;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results of steps that were taken over outlive the run that has made them. */
class MergedResultsTest {
    private static final String COMMIT = "c".repeat(40);
    private static final RunId GROUP = new RunId("ci", "group", "uid-of-group");
    private static final RunId OWN = new RunId("ci", "own", "uid-of-own");

    @TempDir
    Path folder;

    private ResultStore store;

    @BeforeEach
    void fill() throws IOException {
        store = new ResultStore(folder, new StoreLimits(1 << 20, 1 << 20, 1 << 20, 1 << 20), _ -> true);
        for (String step : List.of("unit", "lint")) {
            var log = new ByteArrayInputStream((step + "\n").getBytes(StandardCharsets.UTF_8));
            store.keepLog(GROUP, step, "task", log, Set.of());
        }
    }

    @Test
    void stepsThatWereTakenOverHaveTheirLogs() {
        new MergedResults(store).keep(run("group", group(GROUP, COMMIT)));

        await().untilAsserted(() -> assertThat(store.log(OWN, "unit", "task"))
                .hasValueSatisfying(log -> assertThat(log).hasContent("unit")));
        assertThat(store.log(OWN, "lint", "task")).isEmpty();
    }

    @Test
    void nothingIsCopiedFromOtherRuns() throws IOException {
        var results = new MergedResults(store);
        results.keep(run("group", group(new RunId("ci", "other", "uid-of-other"), COMMIT)));
        results.keep(run("group", group(GROUP, "d".repeat(40))));
        results.keep(run("group", run(GROUP)));
        results.keep(run(null, group(GROUP, COMMIT)));

        // The first that has something to copy is not kept from it by those that had nothing.
        results.keep(run("group", group(GROUP, COMMIT)));
        await().untilAsserted(() -> assertThat(store.steps(OWN)).containsExactly("unit"));
    }

    private static RunContext run(@Nullable String takenOverFrom, PipelineRun sibling) {
        var run = run(OWN);
        run.setStatus(PipelineRunStatusBuilder.builder()
                .commit(COMMIT)
                .trust(Trust.Trusted)
                .pipelineSpec(Specs.pipeline(List.of(), List.of(Specs.task("unit", ""), Specs.task("lint", ""))))
                .takenOverFrom(takenOverFrom)
                .steps(List.of(step("unit", "TakenOver"), step("lint", null)))
                .build());
        return RunContext.of(
                run, Map.of(), Set.of(), null, List.of(), List.of(run, sibling), new StorageResolver(new NoStorage()));
    }

    private static StepStatus step(String name, @Nullable String reason) {
        return StepStatusBuilder.builder()
                .name(name)
                .state(State.Succeeded)
                .reason(reason)
                .build();
    }

    private static PipelineRun run(RunId id) {
        return run(id, "refs/heads/main");
    }

    /** Returns the run of a merge group. */
    private static PipelineRun group(RunId id, String commit) {
        var run = run(id, "refs/heads/gh-readonly-queue/main/pr-7-c0ffee");
        run.setStatus(PipelineRunStatusBuilder.builder().commit(commit).build());
        return run;
    }

    private static PipelineRun run(RunId id, String ref) {
        var run = new PipelineRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withNamespace(id.namespace())
                .withName(id.name())
                .withUid(id.uid())
                .build());
        run.setSpec(PipelineRunSpec.of("hello", ref, null));
        return run;
    }
}
