package dev.hearth.app;

import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetricsV2;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.Unremovable;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Counts and times reconciliations by controller, without names of resources in any tag. */
class OperatorMetrics {

    @Produces
    @Singleton
    @Unremovable // looked up by the SDK in a way that Quarkus does not see; its own falls back to none at all
    Metrics metrics(MeterRegistry registry) {
        return MicrometerMetricsV2.newBuilder(registry).build();
    }
}
