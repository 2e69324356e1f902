package dev.hearth.controller.support;

import dev.hearth.api.HearthResource;
import dev.hearth.api.Reason;
import dev.hearth.cluster.ConditionWriter;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;

/**
 * Reports objects that cannot be read in full: of an older schema, or stored while the schema was another. Nothing else is
 * done for them until they are corrected.
 */
@ApplicationScoped
public class UnreadableObjects {
    private static final String METRIC = "hearth.objects.unreadable";

    private final ConditionWriter statuses;
    private final EventRecorder events;
    private final MeterRegistry registry;
    private final Clock clock;

    public UnreadableObjects(ConditionWriter statuses, EventRecorder events, MeterRegistry registry, Clock clock) {
        this.statuses = statuses;
        this.events = events;
        this.registry = registry;
        this.clock = clock;
    }

    /** Counts those among all objects of a kind. */
    public <R extends HearthResource<?, ?>> void watch(Class<R> kind, Cache<R> objects) {
        count(registry, kind.getSimpleName(), objects);
    }

    static void count(MeterRegistry registry, String kind, Cache<? extends HearthResource<?, ?>> objects) {
        registry.gauge(
                METRIC,
                Tags.of("kind", kind),
                objects,
                cache -> cache.list()
                        .filter(object -> object.unreadable().isPresent())
                        .count());
    }

    /**
     * Says on an object that it cannot be read.
     *
     * @return whether that is so, and nothing else may be done for it
     */
    public boolean report(HearthResource<?, ?> object) {
        var fields = object.unreadable();
        if (fields.isEmpty()) {
            return false;
        }
        var why = new StatusReason(
                Reason.Unreadable,
                fields.get() + ". Nothing is done for this " + object.getKind()
                        + " until that is corrected: edit these fields so that the schema of its kind allows them");
        var conditions = new ConditionFactory(
                        object.conditions(), object.getMetadata().getGeneration(), clock.instant())
                .stalled(why);
        if (!conditions.equals(object.conditions())) {
            events.warning(object, why);
            statuses.write(object, conditions);
        }
        return true;
    }
}
