package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.api.Reason;
import dev.hearth.controller.access.ForgeAccess;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.core.status.StatusReason;
import dev.hearth.forge.ForgeApi;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Asks forges now and then when the tokens of pipelines expire, so that somebody creates another one before. What it cannot find
 * out is no fault of the pipeline: a token that is not accepted is told where it is used.
 */
@ApplicationScoped
public class TokenExpiryWatch {
    private static final String TOPIC = "token-expiry";
    private static final String METRIC = "hearth.forge.token.end.seconds";
    private static final Duration WARNING = Duration.ofDays(14);
    private static final Duration USUAL = Duration.ofHours(6);

    /** A warning ends soon after the token was replaced, and a forge that did not answer is asked again. */
    private static final Duration OTHERWISE = Duration.ofMinutes(10);

    private final ForgeAccess forges;
    private final Clock clock;
    private final BackgroundWork<Pipeline, Optional<Instant>> work;
    private final MultiGauge gauge;
    private final Map<ResourceID, Instant> ends = new ConcurrentHashMap<>();

    public TokenExpiryWatch(ForgeAccess forges, MeterRegistry meters, Clock clock) {
        this.forges = forges;
        this.clock = clock;
        this.work = new BackgroundWork<>(TOPIC, clock);
        this.gauge = MultiGauge.builder(METRIC).register(meters);
    }

    SimpleInboundEventSource<Pipeline> events() {
        return work.events();
    }

    /** Returns that the token of a pipeline expires soon. Empty if it does not, or if that is not known. */
    Optional<StatusReason> warning(Pipeline pipeline) {
        var id = ResourceID.fromResource(pipeline);
        var forge = pipeline.getSpec().forge();
        var token = forge == null ? null : forge.token();
        if (token == null) {
            note(id, null);
            return Optional.empty();
        }
        var question = forge + "@" + pipeline.getMetadata().getUid();
        var settled = work.known(pipeline, TOPIC)
                .flatMap(Result::found)
                .filter(end -> end.filter(this::isSoon).isEmpty())
                .isPresent();
        var end = work.ask(
                        pipeline,
                        TOPIC,
                        question,
                        settled ? USUAL : OTHERWISE,
                        () -> forges.open(pipeline).call(ForgeApi::tokenExpiry))
                .flatMap(Result::found)
                .flatMap(it -> it);
        note(id, end.orElse(null));
        return end.filter(this::isSoon)
                .map(at -> new StatusReason(
                        Reason.TokenExpires,
                        "the token of spec.forge.token expires at " + at
                                + ": create another one, and put it into Secret "
                                + token.secretName()));
    }

    private boolean isSoon(Instant end) {
        return end.isBefore(clock.instant().plus(WARNING));
    }

    private void note(ResourceID id, @Nullable Instant end) {
        var before = end == null ? ends.remove(id) : ends.put(id, end);
        if (!Objects.equals(end, before)) {
            show();
        }
    }

    private void show() {
        gauge.register(
                ends.entrySet().stream()
                        .map(entry -> MultiGauge.Row.of(
                                Tags.of(
                                        "pipeline",
                                        entry.getKey().getNamespace().orElse("") + "/"
                                                + entry.getKey().getName()),
                                entry.getValue().getEpochSecond()))
                        .toList(),
                true);
    }

    /** Forgets pipelines that no longer exist. */
    void retain(Predicate<ResourceID> exists) {
        work.retain(exists);
        if (ends.keySet().removeIf(id -> !exists.test(id))) {
            show();
        }
    }
}
