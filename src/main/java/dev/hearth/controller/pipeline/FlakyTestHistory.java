package dev.hearth.controller.pipeline;

import dev.hearth.api.FlakyTest;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.api.Trust;
import dev.hearth.core.plan.MatrixCell;
import dev.hearth.core.testreport.FlakyTestFinder;
import dev.hearth.core.testreport.FlakyTestFinder.Ran;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Lists tests of a pipeline that were flaky in its last trusted runs. Reports of other runs are a stranger's: they could
 * fill the list with names that do not exist.
 */
final class FlakyTestHistory {
    private static final int RUNS = 30;
    private static final Pattern SHARD = Pattern.compile("(.*)\\[" + MatrixCell.SHARD + "=([0-9]+)]");

    private FlakyTestHistory() {}

    static List<FlakyTest> of(Collection<PipelineRun> runs) {
        return FlakyTestFinder.of(runs.stream()
                .filter(run -> run.getStatus() != null
                        && run.getStatus().finishedAt() != null
                        && run.getStatus().trust() == Trust.Trusted)
                .sorted(Comparator.comparing((PipelineRun run) ->
                                Objects.requireNonNull(run.getStatus().finishedAt()))
                        .reversed())
                .limit(RUNS)
                .flatMap(FlakyTestHistory::of)
                .toList());
    }

    private static Stream<Ran> of(PipelineRun run) {
        var commit = run.getStatus().commit();
        return commit == null
                ? Stream.empty()
                : run.getStatus().steps().stream()
                        .filter(step -> step.tests() != null)
                        .map(step -> of(run.getMetadata().getName(), commit, step));
    }

    private static Ran of(String run, String commit, StepStatus step) {
        var shard = SHARD.matcher(step.name());
        var sharded = shard.matches();
        return new Ran(
                run,
                commit,
                sharded ? shard.group(1) : step.name(),
                sharded ? shard.group(2) : "",
                step.attempt(),
                Objects.requireNonNull(step.tests()));
    }
}
