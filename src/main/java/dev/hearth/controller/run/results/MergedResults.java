package dev.hearth.controller.run.results;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.ref.GitRef;
import dev.hearth.results.ResultStore;
import dev.hearth.results.ResultsFull;
import dev.hearth.results.RunId;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * Copies logs and report files of steps that a run has taken over, in the background, so that they are kept as long as this run.
 * Each operator copies once what the store does not have yet, also after a restart. What cannot be copied fails no run: it stays
 * where it is for as long as the other run exists.
 */
@ApplicationScoped
public class MergedResults {
    private static final Logger LOG = Logger.getLogger(MergedResults.class);

    private final ResultStore store;
    private final Set<RunId> started = ConcurrentHashMap.newKeySet();

    public MergedResults(ResultStore store) {
        this.store = store;
    }

    /** Starts to copy the results of steps that were taken over, and returns at once. */
    public void keep(RunContext run) {
        var from = run.status().takenOverFrom();
        if (from == null) {
            return;
        }
        var to = RunId.of(run.resource());
        run.siblings().stream()
                .filter(sibling -> sibling.name().equals(from) && isOf(sibling, run))
                .findFirst()
                .filter(_ -> started.add(to))
                .ifPresent(source -> Thread.startVirtualThread(() -> copy(source, run.resource(), to)));
    }

    /** Whether a run is of a merge group that the branch of the other was moved to, and no later run of the same name. */
    private static boolean isOf(PipelineRun source, RunContext run) {
        return GitRef.of(source.getSpec().ref())
                        .mergeTarget()
                        .equals(Optional.of(run.ref().name()))
                && source.getStatus() != null
                && run.commit().equals(source.getStatus().commit());
    }

    /** Forgets runs that no longer exist. */
    public void retain(Predicate<RunId> existing) {
        started.removeIf(run -> !existing.test(run));
    }

    private void copy(PipelineRun source, PipelineRun run, RunId to) {
        try {
            for (StepStatus step : run.getStatus().steps()) {
                if (step.has(Reason.TakenOver)) {
                    store.copy(RunId.of(source), to, step.name());
                }
            }
        } catch (ResultsFull e) {
            LOG.infof("results of run %s are not copied to run %s: %s", source.name(), to.name(), e.getMessage());
        } catch (IOException | RuntimeException e) {
            LOG.warnf(e, "results of run %s are not copied to run %s", source.name(), to.name());
            started.remove(to);
        }
    }
}
