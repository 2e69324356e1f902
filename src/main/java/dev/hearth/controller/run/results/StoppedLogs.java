package dev.hearth.controller.run.results;

import dev.hearth.api.PipelineRun;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.pod.observe.ContainerStates;
import io.fabric8.kubernetes.api.model.Pod;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;

/**
 * Reads the logs of a pod that is to be deleted while its containers run: the node drops them with the pod. A node that does
 * not answer keeps no pod alive for longer than some seconds.
 */
@ApplicationScoped
public class StoppedLogs {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** They are read once. */
    private static final Duration FOR_EVER = Duration.ofDays(365);

    private final LogArchive archive;
    private final BackgroundWork<PipelineRun, Boolean> reads;

    public StoppedLogs(LogArchive archive, Clock clock) {
        this.archive = archive;
        this.reads = new BackgroundWork<>("stopped-logs", clock);
    }

    public BackgroundWork<PipelineRun, Boolean> background() {
        return reads;
    }

    /** Returns whether a pod can be deleted. If not, its logs are being read, and the run is reconciled again after that. */
    public boolean areKept(RunContext run, Pod pod) {
        return ContainerStates.running(pod).isEmpty()
                || reads.ask(run.resource(), pod.getMetadata().getUid(), "", FOR_EVER, () -> {
                            archive.keepBeginnings(run, pod, PATIENCE);
                            return true;
                        })
                        .isPresent();
    }
}
