package dev.hearth.demo;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Says a line about each step of a run whenever it gets on. */
record Progress(PrintStream out, Instant began, Map<String, String> shown) {

    Progress(PrintStream out, Instant began) {
        this(out, began, new HashMap<>());
    }

    void show(PipelineRun run) {
        for (StepStatus step : run.getStatus().steps()) {
            var line = line(step);
            if (!line.equals(shown.put(step.name(), line))) {
                out.printf(
                        "  %4d s  %-24s %s%n",
                        Duration.between(began, Instant.now()).toSeconds(), step.name(), line);
            }
        }
    }

    private static String line(StepStatus step) {
        return switch (step.state()) {
            case Pending -> Objects.requireNonNullElse(step.message(), "pending");
            case Running -> "runs";
            case Succeeded -> "succeeded" + cache(step);
            case Failed, Skipped, Cancelled -> step.state() + ": " + Objects.requireNonNullElse(step.message(), "");
        };
    }

    private static String cache(StepStatus step) {
        return step.executed() == null ? "" : ", %d cached, %d executed".formatted(step.cached(), step.executed());
    }
}
