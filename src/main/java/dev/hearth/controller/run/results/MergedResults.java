package dev.hearth.controller.run.results;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.results.ResultStore;
import dev.hearth.results.ResultsFull;
import dev.hearth.results.RunId;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * Copies logs and report files of steps that a run has taken over, so that they are kept as long as this run. One thread copies for
 * all runs, in the background, what the store does not have yet. It looks again until the other run has had the time to store all
 * of its results, and then records that with the copies. What cannot be copied fails no run: it stays where it is for as long as
 * the other run exists.
 */
@ApplicationScoped
public class MergedResults {
    private static final Logger LOG = Logger.getLogger(MergedResults.class);

    /** Between two copies of the same results. */
    static final Duration PAUSE = Duration.ofMinutes(5);
    /** Time after its end in which a run stores what it has left. {@link LogArchive} tries again when the run is reconciled. */
    static final Duration SETTLED = Duration.ofMinutes(10);
    /** Name of the note that says that all is copied. */
    private static final String COMPLETE = "taken-over";

    private final ResultStore store;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());
    /** When to copy for a run again. */
    private final Map<RunId, Instant> next = new ConcurrentHashMap<>();

    public MergedResults(ResultStore store) {
        this.store = store;
    }

    /** Starts to copy the results of steps that were taken over, and returns at once. */
    public void keep(RunContext run, Instant now) {
        var from = run.status().takenOverFromUid();
        var to = RunId.of(run.resource());
        if (from == null || next.getOrDefault(to, Instant.MIN).isAfter(now)) {
            return;
        }
        // A later run may have the same name, and its results come from somebody else.
        run.siblings().stream()
                .filter(sibling -> from.equals(sibling.uid()))
                .findFirst()
                .ifPresent(source -> {
                    next.put(to, now.plus(PAUSE));
                    var steps = takenOver(run);
                    thread.execute(() -> copy(source, to, steps, isSettled(source, now)));
                });
    }

    private static List<String> takenOver(RunContext run) {
        return run.status().steps().stream()
                .filter(step -> step.has(Reason.TakenOver))
                .map(StepStatus::name)
                .toList();
    }

    private static boolean isSettled(PipelineRun source, Instant now) {
        var finished = source.getStatus() == null ? null : source.getStatus().finishedAt();
        return finished != null && !now.isBefore(Instant.parse(finished).plus(SETTLED));
    }

    /** Forgets runs that no longer exist. */
    public void retain(Predicate<RunId> existing) {
        next.keySet().removeIf(run -> !existing.test(run));
    }

    @SuppressWarnings("IllegalCatch") // a copy that fails is no reason for the thread to end
    private void copy(PipelineRun source, RunId to, List<String> steps, boolean last) {
        try {
            if (store.readNote(to, steps.getFirst(), COMPLETE).isEmpty()) {
                for (String step : steps) {
                    store.copy(RunId.of(source), to, step);
                }
                if (!last) {
                    return;
                }
                store.keepNote(to, steps.getFirst(), COMPLETE, "");
            }
            next.replace(to, Instant.MAX);
        } catch (ResultsFull e) {
            LOG.infof("results of run %s are not copied to run %s: %s", source.name(), to.name(), e.getMessage());
            next.replace(to, Instant.MAX); // another attempt would not change that
        } catch (IOException | RuntimeException e) {
            LOG.warnf("results of run %s are not copied yet to run %s: %s", source.name(), to.name(), e);
        }
    }
}
