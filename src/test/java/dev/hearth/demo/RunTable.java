package dev.hearth.demo;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** Runs of one pipeline side by side: per step how long it took and how much of it was cached. */
record RunTable(List<String> titles, List<PipelineRun> runs) {
    private static final String NAME = "%-22s";
    private static final String CELL = "  %-26s";

    @Override
    public String toString() {
        var table = new StringBuilder(NAME.formatted(""));
        titles.forEach(title -> table.append(CELL.formatted(title)));
        for (StepStatus step : runs.getFirst().getStatus().steps()) {
            table.append('\n').append(NAME.formatted(step.name()));
            runs.forEach(run -> table.append(CELL.formatted(cell(run, step.name()))));
        }
        table.append('\n').append(NAME.formatted("all"));
        runs.forEach(run -> table.append(CELL.formatted(total(run))));
        return table.toString();
    }

    private static String cell(PipelineRun run, String name) {
        return run.getStatus().steps().stream()
                .filter(step -> step.name().equals(name))
                .findFirst()
                .map(RunTable::cell)
                .orElse("");
    }

    private static String cell(StepStatus step) {
        var time = step.startedAt() == null || step.finishedAt() == null
                ? step.state().name()
                : seconds(step.startedAt(), step.finishedAt());
        if (step.executed() == null) {
            return time;
        }
        return step.executed() == 0
                ? time + ", all %d CACHED".formatted(step.cached())
                : time + ", %d cached, %d run".formatted(step.cached(), step.executed());
    }

    private static String total(PipelineRun run) {
        var status = run.getStatus();
        return status.phase() + " in "
                + seconds(run.getMetadata().getCreationTimestamp(), Objects.requireNonNull(status.finishedAt()));
    }

    private static String seconds(String from, String to) {
        return "%3d s"
                .formatted(
                        Duration.between(Instant.parse(from), Instant.parse(to)).toSeconds());
    }
}
