package dev.hearth.controller.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hearth.api.WebhookDelivery;
import dev.hearth.api.WebhookDeliveryBuilder;
import dev.hearth.core.retention.RefState;
import dev.hearth.core.trigger.ButtonPress;
import dev.hearth.core.trigger.ButtonPress.Button;
import dev.hearth.core.trigger.Delivery;
import dev.hearth.core.trigger.Delivery.Told;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

class DeliveryLogTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Told TOLD = new Told("refs/heads/main", "1".repeat(40));
    private static final ResourceID APP = new ResourceID("app", "ci");

    private final DeliveryLog log = new DeliveryLog(Clock.fixed(NOW, ZoneOffset.UTC));

    @Test
    void deliveryAsksForAListingThatBeganAfterIt() throws Exception {
        assertThat(log.age(APP, MINUTE)).isEqualTo(MINUTE);

        log.received(delivery("one", NOW));
        assertThat(log.age(APP, MINUTE)).isEqualTo(DeliveryLog.SOONEST);
        answer(() -> {
            assertThat(log.age(APP, MINUTE)).as("the listing has begun").isGreaterThan(DeliveryLog.SOONEST);
            log.received(delivery("two", NOW));
            return listing(1);
        });

        assertThat(log.age(APP, MINUTE))
                .as("the second came during the listing")
                .isEqualTo(DeliveryLog.SOONEST);
        assertThat(log.shown(APP, List.of())).containsExactly(shown("2026-03-01T12:00:00Z", "one"));
        answer(() -> listing(0));
        assertThat(log.shown(APP, List.of()))
                .extracting(WebhookDelivery::result)
                .containsExactly("started 1 run", "no ref that is followed has a new commit");
    }

    /** Forges may show a ref later than they send the webhook. */
    @Test
    void listsMoreOftenForSomeSecondsAfterADelivery() throws Exception {
        log.received(delivery("one", NOW.minusSeconds(29)));
        answer(() -> listing(0));
        assertThat(log.age(APP, MINUTE)).isEqualTo(Duration.ofSeconds(10));
        assertThat(log.age(APP, Duration.ofSeconds(5))).isEqualTo(Duration.ofSeconds(5));

        var old = new ResourceID("old", "ci");
        log.received(new Delivery("ci", "old", "push", null, NOW.minusSeconds(31), null, null));
        log.answer(old, () -> listing(0), (_, _) -> "");
        assertThat(log.age(old, MINUTE)).isEqualTo(MINUTE);
    }

    @Test
    void saysWhyRefsCannotBeListed() {
        log.received(delivery("one", NOW));
        assertThatThrownBy(() -> answer(() -> {
                    throw new IllegalStateException("the disk is full");
                }))
                .hasMessage("the disk is full");
        assertThat(log.shown(APP, List.of()))
                .singleElement()
                .returns(
                        "the refs cannot be listed: java.lang.IllegalStateException: the disk is full",
                        WebhookDelivery::result);
    }

    /** A status with more than the schema allows could not be written. */
    @Test
    void shortensWhatAServerSays() {
        log.received(delivery("one", NOW));
        assertThatThrownBy(() -> answer(() -> {
            throw new IllegalStateException("x".repeat(1000));
        }));
        assertThat(log.shown(APP, List.of()))
                .singleElement()
                .satisfies(it -> assertThat(it.result()).hasSize(WebhookDelivery.RESULT_LENGTH));
    }

    @Test
    void showsTheLastTwentyWithThoseOfAnEarlierProcess() throws Exception {
        var recorded = List.of(shown("2026-02-28T12:00:00Z", "old").withWouldStart("a run of main"));
        log.received(delivery("one", NOW));
        answer(() -> listing(2));
        var shown = log.shown(APP, recorded);
        assertThat(shown).extracting(WebhookDelivery::id).containsExactly("old", "one");
        assertThat(shown)
                .extracting(WebhookDelivery::wouldStart)
                .as("is decided anew")
                .containsOnlyNulls();
        assertThat(log.shown(APP, shown)).as("those that are recorded already").isEqualTo(shown);

        for (int i = 0; i < 200; i++) {
            log.received(delivery("n" + i, NOW.plusSeconds(i)));
        }
        answer(() -> listing(0));
        assertThat(log.shown(APP, shown)).hasSize(DeliveryLog.SHOWN);
    }

    @Test
    void forgetsPipelinesThatDoNotExist() {
        log.received(delivery("one", NOW));
        log.retain(_ -> false);
        assertThat(log.age(APP, MINUTE)).isEqualTo(MINUTE);
    }

    @Test
    void buttonsAreCarriedOutAndSaidApart() throws Exception {
        var press = new ButtonPress(Button.RunAgain, "1".repeat(40), "ada", "7", 1);
        log.received(delivery("one", NOW));
        log.received(new Delivery("ci", "app", "check_run", "two", NOW, null, press));
        var pressed = new ArrayList<ButtonPress>();
        log.answer(APP, () -> listing(1), (all, listing) -> {
            assertThat(listing).as("what is current is known").isNotNull();
            pressed.addAll(all);
            return "ada has run again app-1";
        });
        assertThat(pressed).containsExactly(press);
        assertThat(log.shown(APP, List.of()))
                .extracting(WebhookDelivery::result)
                .containsExactlyInAnyOrder("ada has run again app-1", "started 1 run");
        answer(() -> listing(0)); // asks for no button
    }

    @Test
    void buttonsAreToldIfTheRefsCannotBeListed() {
        var press = new ButtonPress(Button.RunAgain, "1".repeat(40), "ada", "7", 1);
        log.received(new Delivery("ci", "app", "check_run", "one", NOW, null, press));
        assertThatThrownBy(() -> log.answer(
                        APP,
                        () -> {
                            throw new IllegalStateException("the disk is full");
                        },
                        (_, listing) -> "listing: " + listing))
                .hasMessage("the disk is full");
        assertThat(log.shown(APP, List.of())).singleElement().returns("listing: null", WebhookDelivery::result);
    }

    private RefListing answer(Callable<RefListing> work) throws Exception {
        return log.answer(APP, work, (_, _) -> {
            throw new AssertionError("no button was pressed");
        });
    }

    private static Delivery delivery(String id, Instant at) {
        return new Delivery("ci", "app", "push", id, at, TOLD, null);
    }

    private static WebhookDelivery shown(String at, String id) {
        return WebhookDeliveryBuilder.builder()
                .receivedAt(at)
                .event("push")
                .result("started 1 run")
                .id(id)
                .ref(TOLD.ref())
                .commit(TOLD.commit())
                .build();
    }

    private static RefListing listing(int started) {
        return RefListingBuilder.builder()
                .refs(1)
                .followed(1)
                .refStates(RefState.Observation.at(Set.of(), Set.of(), null, NOW))
                .commits(Map.of())
                .problem(Optional.empty())
                .obstacle(Optional.empty())
                .unstarted(Optional.empty())
                .started(started)
                .preview(Optional.empty())
                .recorded(true)
                .lastChange(Optional.empty())
                .failures(0)
                .build();
    }
}
