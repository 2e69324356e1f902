package dev.hearth.controller.sweep;

import dev.hearth.core.sweep.ManagedObject;
import dev.hearth.core.sweep.Orphan;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts sweeps and orphans. All series exist from the start, so that the first orphan shows as an increase. */
@ApplicationScoped
public class SweepMetrics {
    private final MeterRegistry registry;
    private final AtomicInteger retained = new AtomicInteger();

    public SweepMetrics(MeterRegistry registry) {
        this.registry = registry;
        registry.gauge("hearth.volumes.retained", retained);
        for (ManagedObject.Kind kind : ManagedObject.Kind.values()) {
            found(kind);
            removed(kind);
        }
        sweeps(true);
        sweeps(false);
    }

    void found(Orphan orphan) {
        found(orphan.object().kind()).increment();
    }

    void removed(Orphan orphan) {
        removed(orphan.object().kind()).increment();
    }

    void swept(boolean succeeded) {
        sweeps(succeeded).increment();
    }

    /** Sets the number of PersistentVolumes that remain without a claim. */
    void retained(int volumes) {
        retained.set(volumes);
    }

    private Counter found(ManagedObject.Kind kind) {
        return registry.counter("hearth.orphans.found", "kind", kind.name());
    }

    private Counter removed(ManagedObject.Kind kind) {
        return registry.counter("hearth.orphans.removed", "kind", kind.name());
    }

    private Counter sweeps(boolean succeeded) {
        return registry.counter("hearth.sweeps", "outcome", succeeded ? "Succeeded" : "Failed");
    }
}
