package dev.hearth.app;

import io.javaoperatorsdk.operator.api.config.InformerStoppedHandler;
import io.quarkus.arc.Unremovable;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/** Exits when a watch stops, so that the operator is restarted. Without the watch it would run and see no changes. */
@Singleton
class WatchFailure {
    private static final Logger LOG = Logger.getLogger(WatchFailure.class);

    private volatile boolean stopping;

    /** A watch that reconnects while the operator stops fails: its client is closed. */
    void shuttingDown(@Observes ShutdownEvent event) {
        stopping = true;
    }

    @Produces
    @Singleton
    @Unremovable // the SDK looks it up in a way that Quarkus does not see
    InformerStoppedHandler whenStopped() {
        return (informer, cause) -> {
            if (cause != null && !stopping) {
                LOG.errorf(
                        cause,
                        "the watch of %s stopped, and the operator exits",
                        informer.getApiTypeClass().getSimpleName());
                Quarkus.asyncExit(1);
            }
        };
    }
}
