package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.api.WebhookDelivery;
import dev.hearth.api.WebhookDeliveryBuilder;
import dev.hearth.controller.access.RepositoryOpener;
import dev.hearth.core.text.Text;
import dev.hearth.core.trigger.ButtonPress;
import dev.hearth.core.trigger.Delivery;
import dev.hearth.core.trigger.Delivery.Told;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The webhook deliveries of this process that a listing of refs has to answer, and the answers. A delivery that is lost with
 * the process costs time only: the listing at intervals finds what it told of.
 */
@ApplicationScoped
public class DeliveryLog {
    /** Number of answered deliveries that a status shows. */
    static final int SHOWN = 20;

    /** Deliveries of one pipeline that wait for an answer. Further ones are answered with them. */
    private static final int WAITING = 100;

    /** A forge may show a ref some seconds after it has sent the webhook: GitLab creates those of merge requests later. */
    private static final Duration LATE = Duration.ofSeconds(30);

    /** Between two listings, however many deliveries there are. */
    static final Duration SOONEST = Duration.ofSeconds(2);

    private static final Duration AGAIN = Duration.ofSeconds(10);

    /** A total order, so that the same deliveries always give the same list. */
    private static final Comparator<WebhookDelivery> ORDER = Comparator.comparing(WebhookDelivery::receivedAt)
            .thenComparing(WebhookDelivery::event)
            .thenComparing(it -> String.valueOf(it.id()))
            .thenComparing(WebhookDelivery::result);

    private final SimpleInboundEventSource<Pipeline> events = new SimpleInboundEventSource<>("deliveries");
    private final Map<ResourceID, Entry> entries = new HashMap<>();
    private final Clock clock;

    public DeliveryLog(Clock clock) {
        this.clock = clock;
    }

    private static final class Entry {
        final List<Delivery> waiting = new ArrayList<>();
        final List<WebhookDelivery> answered = new ArrayList<>();
        Instant newest = Instant.MIN;
    }

    SimpleInboundEventSource<Pipeline> events() {
        return events;
    }

    void received(@Observes Delivery delivery) {
        var pipeline = new ResourceID(delivery.pipeline(), delivery.namespace());
        synchronized (this) {
            var entry = entries.computeIfAbsent(pipeline, _ -> new Entry());
            entry.newest = delivery.at();
            if (entry.waiting.size() < WAITING) {
                entry.waiting.add(delivery);
            }
        }
        events.propagateEvent(pipeline);
    }

    /**
     * Returns how old a listing may be before the refs are listed again: seconds while a delivery waits for one, and less than
     * usual for some time after the last delivery.
     */
    synchronized Duration age(ResourceID pipeline, Duration usual) {
        var entry = entries.get(pipeline);
        if (entry == null) {
            return usual;
        }
        if (!entry.waiting.isEmpty()) {
            return SOONEST;
        }
        var late = entry.newest.isAfter(clock.instant().minus(LATE));
        return late && AGAIN.compareTo(usual) < 0 ? AGAIN : usual;
    }

    /** Whether a delivery waits for a listing. */
    synchronized boolean waits(ResourceID pipeline) {
        var entry = entries.get(pipeline);
        return entry != null && !entry.waiting.isEmpty();
    }

    /** Returns when the last delivery was received. Empty if there was none. */
    synchronized Optional<Instant> last(ResourceID pipeline, List<WebhookDelivery> recorded) {
        var entry = entries.get(pipeline);
        return Stream.concat(
                        recorded.stream().map(delivery -> Instant.parse(delivery.receivedAt())),
                        Stream.ofNullable(entry).map(it -> it.newest))
                .max(Comparator.naturalOrder())
                .filter(newest -> newest.isAfter(Instant.MIN));
    }

    /** Carries out presses of buttons. */
    @FunctionalInterface
    interface Buttons {
        /**
         * Carries out presses, and says what they have led to.
         *
         * @param listing of the refs, read after the presses; null if they cannot be listed
         */
        String carryOut(List<ButtonPress> presses, @Nullable RefListing listing);
    }

    /** Lists the refs, which answers the deliveries that were received before, and carries out the buttons among them. */
    RefListing answer(ResourceID pipeline, Callable<RefListing> work, Buttons buttons) throws Exception {
        var taken = take(pipeline);
        RefListing listing;
        try {
            listing = work.call();
        } catch (Exception e) {
            var why = "the refs cannot be listed: "
                    + RepositoryOpener.statusReason(e).message();
            answer(pipeline, taken, why, null, buttons);
            throw e;
        }
        answer(pipeline, taken, result(listing), listing, buttons);
        return listing;
    }

    private void answer(
            ResourceID pipeline, List<Delivery> taken, String result, @Nullable RefListing listing, Buttons buttons) {
        keep(pipeline, taken.stream().filter(it -> it.press() == null).toList(), result);
        var pressed = taken.stream().filter(it -> it.press() != null).toList();
        if (!pressed.isEmpty()) {
            keep(
                    pipeline,
                    pressed,
                    buttons.carryOut(pressed.stream().map(Delivery::press).toList(), listing));
        }
    }

    private static String result(RefListing listing) {
        return switch (listing.started()) {
            case 0 ->
                listing.unstarted()
                        .map(why -> "started no run: " + why.message())
                        .orElse("no ref that is followed has a new commit");
            case 1 -> "started 1 run";
            default -> "started " + listing.started() + " runs";
        };
    }

    private synchronized List<Delivery> take(ResourceID pipeline) {
        var entry = entries.get(pipeline);
        if (entry == null) {
            return List.of();
        }
        var taken = List.copyOf(entry.waiting);
        entry.waiting.clear();
        return taken;
    }

    private synchronized void keep(ResourceID pipeline, List<Delivery> deliveries, String result) {
        if (!deliveries.isEmpty()) {
            var shown = Text.abbreviate(result, WebhookDelivery.RESULT_LENGTH);
            var answered = entries.computeIfAbsent(pipeline, _ -> new Entry()).answered;
            deliveries.forEach(it -> answered.add(answered(it, shown)));
            if (answered.size() > SHOWN) {
                answered.subList(0, answered.size() - SHOWN).clear();
            }
        }
    }

    private static WebhookDelivery answered(Delivery delivery, String result) {
        var told = Optional.ofNullable(delivery.told());
        return WebhookDeliveryBuilder.builder()
                .receivedAt(delivery.at().toString())
                .event(delivery.event())
                .result(result)
                .id(delivery.id())
                .ref(told.map(Told::ref).orElse(null))
                .commit(told.map(Told::commit).orElse(null))
                .build();
    }

    /** Returns the deliveries to show: those in the status, and those that were answered since. */
    synchronized List<WebhookDelivery> shown(ResourceID pipeline, List<WebhookDelivery> recorded) {
        var entry = entries.get(pipeline);
        var all = Stream.concat(
                        recorded.stream().map(it -> it.withWouldStart(null)), // by the spec of that time
                        entry == null ? Stream.empty() : entry.answered.stream())
                .distinct()
                .sorted(ORDER)
                .toList();
        return all.subList(Math.max(0, all.size() - SHOWN), all.size());
    }

    /** Forgets pipelines that no longer exist. */
    synchronized void retain(Predicate<ResourceID> exists) {
        entries.keySet().removeIf(id -> !exists.test(id));
    }
}
