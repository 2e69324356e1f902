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
import java.time.Duration;
import java.time.Instant;
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
    private static final Instant END = Instant.parse("2026-03-01T12:00:00Z");
    private static final RunId OTHER = new RunId("ci", "other", "uid-of-other");
    private static final RunId OWN = new RunId("ci", "own", "uid-of-own");

    @TempDir
    Path folder;

    private ResultStore store;

    @BeforeEach
    void fill() throws IOException {
        store = new ResultStore(folder, new StoreLimits(1 << 20, 1 << 20, 1 << 20, 1 << 20), _ -> true);
        for (String step : List.of("unit", "lint")) {
            keepLog(GROUP, step, "task");
        }
    }

    @Test
    void stepsThatWereTakenOverHaveTheirLogs() {
        new MergedResults(store).keep(run("uid-of-group", group(GROUP)), END);

        await().untilAsserted(() -> assertThat(store.log(OWN, "unit", "task"))
                .hasValueSatisfying(log -> assertThat(log).hasContent("unit")));
        assertThat(store.log(OWN, "lint", "task")).isEmpty();
    }

    @Test
    void nothingIsCopiedFromALaterRunOfTheSameName() throws IOException {
        var namesake = new RunId("ci", "group", "uid-of-namesake");
        keepLog(namesake, "unit", "forged");
        var results = new MergedResults(store);
        results.keep(run("uid-of-group", group(namesake)), END);
        results.keep(run(null, group(GROUP)), END);

        // One thread copies in turn, so what was asked for before would have been copied before.
        results.keep(run("uid-of-group", group(GROUP)), END);
        await().untilAsserted(() -> assertThat(store.log(OWN, "unit", "task"))
                .hasValueSatisfying(log -> assertThat(log).hasContent("unit")));
        assertThat(store.log(OWN, "unit", "forged")).isEmpty();
    }

    @Test
    void copiesAgainUntilTheOtherRunHasHadTimeToStoreAll() throws IOException {
        var results = new MergedResults(store);
        var run = run("uid-of-group", group(GROUP));
        copied(results, run, END);

        keepLog(GROUP, "unit", "late");
        results.keep(run, END.plus(MergedResults.PAUSE).minusMillis(1));
        copied(results, other(), END);
        assertThat(store.log(OWN, "unit", "late")).isEmpty();

        var settled = END.plus(MergedResults.SETTLED);
        results.keep(run, settled);
        await().untilAsserted(() -> assertThat(store.log(OWN, "unit", "late")).isPresent());
    }

    /** Neither this operator looks again, nor the next. */
    @Test
    void copiesNoMoreOnceAllIsCopied() throws IOException {
        var settled = END.plus(MergedResults.SETTLED);
        var results = new MergedResults(store);
        var run = run("uid-of-group", group(GROUP));
        copied(results, run, settled);

        for (MergedResults later : List.of(results, new MergedResults(store))) {
            keepLog(GROUP, "unit", "late");
            later.keep(run, settled.plus(Duration.ofDays(1)));
            copied(later, other(), settled);
            assertThat(store.log(OWN, "unit", "late")).isEmpty();
            store.sweep(() -> it -> !it.equals(OTHER), Instant.EPOCH);
            later.retain(it -> !it.equals(OTHER));
        }
    }

    /** Copies for a run, and waits for that. */
    private void copied(MergedResults results, RunContext run, Instant now) {
        results.keep(run, now);
        await().untilAsserted(() ->
                assertThat(store.log(RunId.of(run.resource()), "unit", "task")).isPresent());
    }

    private static RunContext other() {
        return run(OTHER, "uid-of-group", group(GROUP));
    }

    private void keepLog(RunId run, String step, String name) throws IOException {
        var log = new ByteArrayInputStream((step + "\n").getBytes(StandardCharsets.UTF_8));
        store.keepLog(run, step, name, log, Set.of());
    }

    private static RunContext run(@Nullable String uid, PipelineRun sibling) {
        return run(OWN, uid, sibling);
    }

    private static RunContext run(RunId id, @Nullable String uid, PipelineRun sibling) {
        var run = run(id, "refs/heads/main");
        run.setStatus(PipelineRunStatusBuilder.builder()
                .commit(COMMIT)
                .trust(Trust.Trusted)
                .pipelineSpec(Specs.pipeline(List.of(), List.of(Specs.task("unit", ""), Specs.task("lint", ""))))
                .takenOverFrom("group")
                .takenOverFromUid(uid)
                .steps(List.of(step("unit", "TakenOver"), step("lint", null)))
                .build());
        return RunContext.of(
                run,
                Map.of(),
                null,
                List.of(),
                List.of(),
                List.of(run, sibling),
                true,
                new StorageResolver(new NoStorage()));
    }

    private static StepStatus step(String name, @Nullable String reason) {
        return StepStatusBuilder.builder()
                .name(name)
                .state(State.Succeeded)
                .reason(reason)
                .build();
    }

    /** Returns the run of a merge group. */
    private static PipelineRun group(RunId id) {
        var run = run(id, "refs/heads/gh-readonly-queue/main/pr-7-c0ffee");
        run.setStatus(PipelineRunStatusBuilder.builder()
                .commit(COMMIT)
                .finishedAt(END.toString())
                .build());
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
