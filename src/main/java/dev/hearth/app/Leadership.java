package dev.hearth.app;

import dev.hearth.config.HearthConfig;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Elects the leader. The leader acts; the other replicas wait with warm caches. A replica that loses the lease exits
 * and is restarted as a waiting replica, because it cannot know what the new leader has done since.
 */
@Singleton
class Leadership {
    private static final Logger LOG = Logger.getLogger(Leadership.class);

    private final AtomicBoolean leading = new AtomicBoolean();
    private final CompletableFuture<Void> term = new CompletableFuture<>();
    private final AtomicBoolean stopping = new AtomicBoolean();

    @Produces
    @Singleton
    @SuppressWarnings("deprecation") // the builder does not let the exit be turned off
    LeaderElectionConfiguration leaderElection(HearthConfig config) {
        var callbacks = new LeaderCallbacks(this::won, this::lost, leader -> LOG.infof("the leader is %s", leader));
        return new LeaderElectionConfiguration(
                "hearth",
                config.namespace(),
                LeaderElectionConfiguration.LEASE_DURATION_DEFAULT_VALUE,
                LeaderElectionConfiguration.RENEW_DEADLINE_DEFAULT_VALUE,
                LeaderElectionConfiguration.RETRY_PERIOD_DEFAULT_VALUE,
                System.getenv().getOrDefault("HOSTNAME", UUID.randomUUID().toString()),
                callbacks,
                // The SDK's own exit waits forever when the lease is lost because of a shutdown.
                false);
    }

    void started(@Observes StartupEvent event, MeterRegistry registry) {
        registry.gauge("hearth.leading", leading, it -> it.get() ? 1 : 0);
    }

    void shuttingDown(@Observes ShutdownEvent event) {
        stopping.set(true);
    }

    /** Runs work once this replica leads, or now if it already leads. Leadership lasts until the process exits. */
    void whenLeading(Runnable work) {
        var _ = term.thenRun(work).exceptionally(failure -> {
            LOG.error("work of the leader does not start", failure);
            return null;
        });
    }

    private void won() {
        LOG.info("this replica is the leader");
        leading.set(true);
        term.complete(null);
    }

    private void lost() {
        leading.set(false);
        if (!stopping.get()) {
            LOG.error("this replica lost the lease and exits");
            Quarkus.asyncExit(1);
        }
    }
}
