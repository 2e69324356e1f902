package dev.hearth.app;

import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.run.results.LogArchive;
import dev.hearth.controller.run.results.MergedResults;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.controller.support.RunIndex;
import dev.hearth.results.ResultStore;
import dev.hearth.results.RunId;
import dev.hearth.results.StoreLimits;
import io.fabric8.kubernetes.api.model.Quantity;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/** Deletes results of runs that no longer exist, periodically. */
@Singleton
class ResultsUpkeep {
    private static final Logger LOG = Logger.getLogger(ResultsUpkeep.class);
    private static final Duration EVERY = Duration.ofSeconds(30);
    /** Age at which unfinished files are deleted. Writing a file never takes that long. */
    private static final Duration UNFINISHED = Duration.ofHours(2);

    private final ResultStore store;
    private final LogArchive archive;
    private final MergedResults copies;
    private final PipelineRunClient runs;
    private final CacheIndex known;
    private final LeaderRounds rounds;
    private final Clock clock;

    ResultsUpkeep(
            ResultStore store,
            LogArchive archive,
            MergedResults copies,
            PipelineRunClient runs,
            CacheIndex known,
            LeaderRounds rounds,
            Clock clock) {
        this.store = store;
        this.archive = archive;
        this.copies = copies;
        this.runs = runs;
        this.known = known;
        this.rounds = rounds;
        this.clock = clock;
    }

    void started(@Observes StartupEvent event) {
        rounds.every(EVERY, "deleting results of deleted runs", this::sweep);
    }

    /** Keeps all results if anything fails. The next sweep tries again. */
    @SuppressWarnings("IllegalCatch") // logged in one line, because the next sweep tries again
    void sweep() {
        try {
            var namespaces = known.namespaces();
            if (namespaces.isPresent()) {
                store.sweep(() -> existing(namespaces.get()), clock.instant().minus(UNFINISHED));
            }
        } catch (IOException | RuntimeException e) {
            LOG.warnf("results of deleted runs could not be deleted, and the next sweep tries again: %s", e);
        }
    }

    /**
     * Returns whether a run exists. Runs in namespaces that are no longer watched count as existing, because the
     * operator cannot see them.
     */
    private Predicate<RunId> existing(Set<String> namespaces) {
        var uids = runs.uids(namespaces);
        Predicate<RunId> exists =
                run -> uids.contains(run.uid()) || (!namespaces.isEmpty() && !namespaces.contains(run.namespace()));
        archive.retain(exists);
        copies.retain(exists);
        return exists;
    }

    /** Produces the result store with the configured directory and limits. */
    static class Store {
        @Produces
        @Singleton
        ResultStore store(HearthConfig config, RunIndex known) {
            var results = config.results();
            var run = bytes(results.runLimit());
            var total = bytes(results.totalLimit());
            return new ResultStore(
                    Path.of(results.folder()),
                    new StoreLimits(
                            bytes(results.logLimit()),
                            run,
                            results.namespaceLimit().map(Store::bytes).orElse(Math.max(run, total / 2)),
                            total),
                    it -> known.isTrustedRun(it.namespace(), it.name(), it.uid()));
        }

        private static long bytes(String quantity) {
            return Quantity.getAmountInBytes(new Quantity(quantity)).longValueExact();
        }
    }
}
