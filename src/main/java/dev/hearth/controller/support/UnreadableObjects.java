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
import org.jboss.logging.Logger;

/**
 * Reports objects that cannot be read completely because they were stored with another schema. They are not reconciled
 * until they are corrected.
 */
@ApplicationScoped
public class UnreadableObjects {
    private static final Logger LOG = Logger.getLogger(UnreadableObjects.class);

    private static final String METRIC = "hearth.objects.unreadable";

    private final ConditionWriter conditionWriter;
    private final EventRecorder events;
    private final MeterRegistry registry;
    private final Clock clock;

    public UnreadableObjects(
            ConditionWriter conditionWriter, EventRecorder events, MeterRegistry registry, Clock clock) {
        this.conditionWriter = conditionWriter;
        this.events = events;
        this.registry = registry;
        this.clock = clock;
    }

    /** Registers a gauge of the unreadable objects of a kind. */
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
     * Reports in the status of an object that it cannot be read.
     *
     * @return whether that is the case, so that it must not be reconciled
     */
    public boolean report(HearthResource<?, ?> object) {
        var fields = object.unreadable();
        if (fields.isEmpty()) {
            return false;
        }
        LOG.debugf("%s: cannot be read: %s", ResourceName.of(object), fields.get());
        var why = new StatusReason(
                Reason.Unreadable,
                fields.get() + ". This " + object.getKind()
                        + " is not reconciled until that is corrected: edit these fields so that the schema of its kind allows them");
        var conditions = new ConditionFactory(
                        object.conditions(), object.getMetadata().getGeneration(), clock.instant())
                .stalled(why);
        if (!conditions.equals(object.conditions())) {
            events.warning(object, why);
            conditionWriter.write(object, conditions);
        }
        return true;
    }
}
