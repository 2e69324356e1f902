package dev.hearth.app;

import io.javaoperatorsdk.operator.api.config.InformerStoppedHandler;
import io.quarkus.arc.Unremovable;
import io.quarkus.runtime.Quarkus;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/** A watch that dies leaves an operator that runs and sees nothing: better to end and be started again. */
class WatchFailure {
    private static final Logger LOG = Logger.getLogger(WatchFailure.class);

    @Produces
    @Singleton
    @Unremovable // looked up by the SDK in a way that Quarkus does not see
    InformerStoppedHandler whenStopped() {
        return (informer, cause) -> {
            if (cause != null) {
                LOG.errorf(
                        cause,
                        "the watch of %s stopped, ending",
                        informer.getApiTypeClass().getSimpleName());
                Quarkus.asyncExit(1);
            }
        };
    }
}
