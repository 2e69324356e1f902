package dev.hearth.app;

import dev.hearth.cluster.LeaseClient;
import dev.hearth.config.HearthConfig;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkiverse.operatorsdk.runtime.QuarkusConfigurationService;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jboss.logging.Logger;

/**
 * Elects the leader. The leader acts; the other replicas wait with warm caches. A replica that loses the lease exits
 * and is restarted as a waiting replica, because it cannot know what the new leader has done since. A leader that ends
 * releases the lease, so that the next one need not wait until it expires.
 */
@Singleton
class Leadership {
    /**
     * How long the lease lasts without a renewal. It is longer than {@link #RENEW_DEADLINE} by more than a request that hangs
     * and the exit take, so that a leader that could not renew it has ended before another begins.
     */
    static final Duration LEASE_DURATION = Duration.ofMinutes(2);

    /**
     * How long renewals may fail before the leader exits. Long enough for a restart of the API server, or a node without CPU
     * time, for a minute: to exit would make neither better. The elector looks at the deadline only after a request, so with
     * ten seconds, the SDK's default, one request that hangs cost the lease.
     */
    static final Duration RENEW_DEADLINE = Duration.ofSeconds(90);

    /** How often the lease is renewed. A waiting replica looks at intervals of one to 2.2 times this. */
    static final Duration RETRY_PERIOD = Duration.ofSeconds(5);

    /** How long a leader that ends waits for work that was interrupted. If it goes on, the lease is left to expire. */
    private static final Duration LAST_WORK = Duration.ofSeconds(5);

    private static final String LEASE = "hearth";
    private static final Logger LOG = Logger.getLogger(Leadership.class);

    private final String identity =
            System.getenv().getOrDefault("HOSTNAME", UUID.randomUUID().toString());
    private final AtomicBoolean leading = new AtomicBoolean();
    private final CompletableFuture<Void> term = new CompletableFuture<>();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final AtomicBoolean lost = new AtomicBoolean();
    /** Read by periodic work while it runs; written once it must not begin any more. */
    private final ReadWriteLock periodicWork = new ReentrantReadWriteLock();

    @Produces
    @Singleton
    @SuppressWarnings("deprecation") // the builder does not let the exit be turned off
    LeaderElectionConfiguration leaderElection(HearthConfig config) {
        var callbacks = new LeaderCallbacks(
                this::won, this::lost, leader -> LOG.infof("the leader is %s", leader == null ? "nobody" : leader));
        return new LeaderElectionConfiguration(
                LEASE,
                config.namespace(),
                LEASE_DURATION,
                RENEW_DEADLINE,
                RETRY_PERIOD,
                identity, // of the pod: a container that is restarted in it still holds the lease
                callbacks,
                // The SDK's own exit waits forever when the lease is lost because of a shutdown.
                false);
    }

    void started(@Observes StartupEvent event, MeterRegistry registry) {
        registry.gauge("hearth.leading", leading, it -> it.get() ? 1 : 0);
    }

    void shuttingDown(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) ShutdownEvent event) {
        stopping.set(true);
    }

    /** Releases the lease, once reconcilers have stopped and nothing of the leader runs any more. The SDK does not do it. */
    void stopped(
            @Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) ShutdownEvent event,
            QuarkusConfigurationService sdk,
            LeaseClient leases,
            HearthConfig config)
            throws InterruptedException {
        if (!term.isDone() || lost.get()) {
            return;
        }
        var reconciles = sdk.getExecutorServiceManager().reconcileExecutorService();
        if (reconciles.awaitTermination(LAST_WORK.toMillis(), TimeUnit.MILLISECONDS)
                && periodicWork.writeLock().tryLock(LAST_WORK.toMillis(), TimeUnit.MILLISECONDS)) {
            release(leases, config.namespace());
        } else {
            LOG.warn("work of the leader does not end, and its lease is left to expire");
        }
    }

    private void release(LeaseClient leases, String namespace) {
        try {
            if (leases.release(namespace, LEASE, identity)) {
                LOG.info("this replica has released the lease");
            }
        } catch (KubernetesClientException e) {
            LOG.warnf("the lease could not be released, and is left to expire: %s", e.getMessage());
        }
    }

    /** Runs work once this replica leads, or now if it already leads. Leadership lasts until the process exits. */
    void whenLeading(Runnable work) {
        var _ = term.thenRun(work).exceptionally(failure -> {
            LOG.error("work of the leader does not start", failure);
            return null;
        });
    }

    /** Runs periodic work of the leader, unless the process ends. */
    void run(Runnable work) {
        if (!periodicWork.readLock().tryLock()) {
            return;
        }
        try {
            work.run();
        } finally {
            periodicWork.readLock().unlock();
        }
    }

    private void won() {
        LOG.info("this replica is the leader");
        leading.set(true);
        term.complete(null);
    }

    private void lost() {
        leading.set(false);
        if (!stopping.get()) {
            lost.set(true);
            LOG.error("this replica lost the lease and exits");
            Quarkus.asyncExit(1);
        }
    }
}
