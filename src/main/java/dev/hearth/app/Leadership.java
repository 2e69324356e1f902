package dev.hearth.app;

import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * One replica acts, the others wait with warm caches. A replica that loses the lease ends and comes back as one that
 * waits: it cannot know what the new leader has done since.
 */
@Singleton
class Leadership {
    private static final Logger LOG = Logger.getLogger(Leadership.class);

    private final AtomicBoolean stopping = new AtomicBoolean();

    @Produces
    @Singleton
    @SuppressWarnings("removal") // the exit that it turns off is what is to be removed
    LeaderElectionConfiguration leaderElection(@ConfigProperty(name = "hearth.namespace") String namespace) {
        return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration("hearth")
                .withLeaseNamespace(namespace)
                // The SDK's own exit waits for ever when the lease is lost by shutting down.
                .withExitOnStopLeading(false)
                .withLeaderCallbacks(new LeaderCallbacks(
                        () -> LOG.info("leading"), this::lost, leader -> LOG.infof("the leader is %s", leader)))
                .build();
    }

    void shuttingDown(@Observes ShutdownEvent event) {
        stopping.set(true);
    }

    private void lost() {
        if (!stopping.get()) {
            LOG.error("lost the lease, ending");
            Quarkus.asyncExit(1);
        }
    }
}
