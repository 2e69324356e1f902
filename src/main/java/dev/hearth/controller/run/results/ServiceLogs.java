package dev.hearth.controller.run.results;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.cluster.PodLogs;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.core.run.Observation;
import dev.hearth.pod.observe.PodServices;
import io.fabric8.kubernetes.api.model.Pod;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Appends the last log lines of a service that did not become ready in time. */
@ApplicationScoped
public class ServiceLogs {
    private static final Duration RETRY = Duration.ofMinutes(10);
    private static final int LINES = 15;
    private static final int CHARACTERS = 2000;

    private final PodLogs logs;
    private final Clock clock;
    private final BackgroundWork<PipelineRun, String> reads;

    public ServiceLogs(PodLogs logs, Clock clock) {
        this.logs = logs;
        this.clock = clock;
        this.reads = new BackgroundWork<>("services", clock);
    }

    public BackgroundWork<PipelineRun, String> background() {
        return reads;
    }

    public Observation withServiceLog(RunContext run, Pod pod, Observation.OfPod seen) {
        if (!(seen instanceof Observation.Waiting waiting)
                || waiting.fault() != Failure.Service
                || waiting.patience()
                        .filter(until -> !clock.instant().isBefore(until))
                        .isEmpty()) {
            return seen;
        }
        var name = pod.getMetadata().getName();
        var service = PodServices.unready(pod);
        if (service.isEmpty()) {
            return seen;
        }
        var log = reads.ask(
                run.resource(),
                name,
                name,
                RETRY,
                () -> logs.end(run.namespace(), name, service.get(), LINES, CHARACTERS, PodServices.wasRestarted(pod)));
        return log.<Observation>map(result -> switch (result) {
                    case Result.Value<String>(String end) ->
                        new Observation.Waiting(
                                waiting.reason(),
                                waiting.message() + "; its log ends:\n" + end.strip(),
                                waiting.patience(),
                                waiting.fault());
                    case Result.Failure<String> _ -> seen;
                })
                // The step waits until the log is read.
                .orElseGet(() -> new Observation.Waiting(
                        waiting.reason(), waiting.message(), Optional.empty(), waiting.fault()));
    }
}
