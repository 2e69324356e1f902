package dev.hearth.app;

import dev.hearth.cluster.PipelineRuns;
import dev.hearth.controller.run.LogArchive;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.support.KnownCaches;
import dev.hearth.controller.support.KnownRuns;
import dev.hearth.results.Limits;
import dev.hearth.results.ResultStore;
import dev.hearth.results.RunId;
import io.fabric8.kubernetes.api.model.Quantity;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/** Where results are kept, and that those of runs that are gone go too. */
@Singleton
class Results {
    private static final Logger LOG = Logger.getLogger(Results.class);
    private static final Duration EVERY = Duration.ofSeconds(30);
    /** Nothing takes that long to become whole. */
    private static final Duration UNFINISHED = Duration.ofHours(2);

    private final ResultStore store;
    private final LogArchive archive;
    private final PipelineRuns runs;
    private final KnownCaches known;
    private final Leadership leadership;
    private final Clock clock;
    private final ScheduledExecutorService sweeps = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("results").factory());

    Results(
            ResultStore store,
            LogArchive archive,
            PipelineRuns runs,
            KnownCaches known,
            Leadership leadership,
            Clock clock) {
        this.store = store;
        this.archive = archive;
        this.runs = runs;
        this.known = known;
        this.leadership = leadership;
        this.clock = clock;
    }

    void started(@Observes StartupEvent event) {
        var _ = sweeps.scheduleWithFixedDelay(this::sweep, 0, EVERY.toSeconds(), TimeUnit.SECONDS);
    }

    void shuttingDown(@Observes ShutdownEvent event) {
        sweeps.shutdownNow();
    }

    /** Whatever stands in the way is over one day, and until then too much is kept rather than too little. */
    @SuppressWarnings("IllegalCatch") // anything thrown would have been the last sweep
    private void sweep() {
        var namespaces = known.namespaces();
        if (!leadership.isLeading() || namespaces.isEmpty()) {
            return;
        }
        try {
            store.sweep(() -> existing(namespaces.get()), clock.instant().minus(UNFINISHED));
        } catch (IOException | RuntimeException e) {
            LOG.warnf("results of runs that are gone are not removed yet: %s", e);
        }
    }

    /** Whether a run is there that is not seen, since its namespace is not watched any more, nobody can say. */
    private Predicate<RunId> existing(Set<String> namespaces) {
        var uids = runs.uids(namespaces);
        Predicate<RunId> exists =
                run -> uids.contains(run.uid()) || (!namespaces.isEmpty() && !namespaces.contains(run.namespace()));
        archive.retain(exists);
        return exists;
    }

    /** The folder of the configuration, with its limits. */
    static class Store {
        @Produces
        @Singleton
        ResultStore store(HearthConfig config, KnownRuns known) {
            var results = config.results();
            var run = bytes(results.runLimit());
            var total = bytes(results.totalLimit());
            return new ResultStore(
                    Path.of(results.folder()),
                    new Limits(
                            bytes(results.logLimit()),
                            run,
                            results.namespaceLimit().map(Store::bytes).orElse(Math.max(run, total / 2)),
                            total),
                    it -> known.isTrusted(it.namespace(), it.name(), it.uid()));
        }

        private static long bytes(String quantity) {
            return Quantity.getAmountInBytes(new Quantity(quantity)).longValueExact();
        }
    }
}
