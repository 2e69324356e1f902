package dev.hearth.app;

import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetricsV2;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.Unremovable;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Produces the metrics of reconciliations by controller. No tag has names of resources. */
class OperatorMetrics {

    @Produces
    @Singleton
    @Unremovable // the SDK looks it up in a way that Quarkus does not see, and has no metrics without it
    Metrics metrics(MeterRegistry registry) {
        return MicrometerMetricsV2.newBuilder(registry).build();
    }
}
