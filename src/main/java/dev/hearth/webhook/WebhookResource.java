package dev.hearth.webhook;

import dev.hearth.api.ForgeType;
import dev.hearth.api.Pipeline;
import dev.hearth.budget.FairSemaphore;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.controller.access.WebhookSecret;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.core.trigger.Delivery;
import dev.hearth.core.trigger.Delivery.Told;
import dev.hearth.web.WithoutToken;
import dev.hearth.webhook.CheckReceivers.Receiver;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.enterprise.event.Event;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Receives the webhooks of a pipeline's forge. Nothing starts by what a body says: refs and commits come from the repository.
 * So a forged, late, lost or repeated delivery changes nothing but the time of a look. The ref that a body tells of is shown,
 * and of events of check runs who has pressed a button, since no API tells it.
 */
@Path("/v1alpha1/webhooks/{namespace}/{pipeline}")
@WithoutToken
@RunOnVirtualThread
public class WebhookResource {
    private static final Logger LOG = Logger.getLogger(WebhookResource.class);

    /** What GitHub sends at most. The body passes by and is not kept. */
    private static final int LARGEST = 25 * 1024 * 1024;

    /** What is read of a body. Events of check runs are smaller; of others the beginning tells the ref. */
    private static final int LARGEST_READ = 256 * 1024;

    /** Time for the whole body, so that a slow sender does not hold a turn for long. */
    private static final Duration LONGEST = Duration.ofSeconds(10);

    /** Requests that are proven at the same time, and those of one namespace: everybody who reaches the port can send one. */
    private static final int AT_ONCE = 32;

    private static final int AT_ONCE_EACH = 8;
    private static final Duration PATIENCE = Duration.ofMillis(500);
    private static final int PAYLOAD_TOO_LARGE = 413;

    private static final String NOT_PROVEN =
            "the signature or token is not that of the Secret which spec.forge.webhook names, or the Secret does not allow"
                    + " the pipeline: see the pipeline's conditions";

    private final CacheIndex index;
    private final WebhookSecret secret;
    private final CheckReceivers receivers;
    private final Event<Delivery> deliveries;
    private final MeterRegistry meters;
    private final Clock clock;
    private final FairSemaphore turns = new FairSemaphore(AT_ONCE, AT_ONCE_EACH);

    /** What became of a request. */
    private enum Outcome {
        Accepted,
        NotUsed,
        Refused
    }

    public WebhookResource(
            CacheIndex index,
            WebhookSecret secret,
            CheckReceivers receivers,
            Event<Delivery> deliveries,
            MeterRegistry meters,
            Clock clock) {
        this.index = index;
        this.secret = secret;
        this.receivers = receivers;
        this.deliveries = deliveries;
        this.meters = meters;
        this.clock = clock;
    }

    @POST
    public Response receive(
            @PathParam("namespace") String namespace,
            @PathParam("pipeline") String name,
            @Context HttpHeaders headers,
            InputStream body)
            throws IOException, InterruptedException {
        var pipeline = index.pipeline(namespace, name);
        var forge = pipeline.map(it -> it.getSpec().forge());
        var use = forge.flatMap(SecretUse::ofWebhook);
        if (forge.isEmpty() || use.isEmpty()) {
            return refuse(
                    404,
                    "no pipeline has its webhook here: the path is /v1alpha1/webhooks/NAMESPACE/PIPELINE, and the"
                            + " pipeline has spec.forge.webhook");
        }
        var forgeHeaders = ForgeHeaders.of(forge.get().type());
        var event = forgeHeaders.event(headers::getHeaderString);
        if (event.isEmpty()) {
            return refuse(
                    400,
                    "the request has no header " + forgeHeaders.event() + ", which webhooks of "
                            + forge.get().type() + " have: correct spec.forge.type of the pipeline");
        }
        if (!MediaType.APPLICATION_JSON_TYPE.isCompatible(headers.getMediaType())) {
            return refuse(400, "choose application/json as the content type of the webhook");
        }
        if (!WebhookProof.isOffered(forge.get().type(), headers::getHeaderString)) {
            return refuse(401, NOT_PROVEN);
        }
        if (headers.getLength() > LARGEST) {
            return refuse(PAYLOAD_TOO_LARGE, "the body is larger than " + LARGEST + " bytes");
        }
        if (!turns.take(namespace, PATIENCE.toNanos())) {
            return refuse(503, "the operator receives as many other webhooks as it can: send it again later");
        }
        var ofCheck = forge.get().app() != null && ForgeHeaders.OF_CHECKS.contains(event.get());
        var ofRefs = forgeHeaders.wanted().contains(event.get());
        byte[] read;
        try {
            var limited = new LimitedBody(body, LARGEST, LONGEST, clock);
            read = ofCheck || ofRefs ? limited.readNBytes(LARGEST_READ) : new byte[0];
            var whole = new SequenceInputStream(new ByteArrayInputStream(read), limited);
            if (!isProven(pipeline.get(), forge.get().type(), use.get(), headers::getHeaderString, whole)) {
                return refuse(401, NOT_PROVEN);
            }
        } catch (LimitedBody.TooMuch e) {
            return refuse(PAYLOAD_TOO_LARGE, String.valueOf(e.getMessage()));
        } catch (KubernetesClientException e) {
            LOG.warnf("cannot read the Secret of a webhook of pipeline %s/%s: %s", namespace, name, e.getMessage());
            return refuse(503, "the API server cannot be asked for the Secret now: send it again later");
        } finally {
            turns.give(namespace);
        }
        return accept(
                ofCheck
                        ? receivers.of(pipeline.get(), event.get(), read)
                        : ofRefs ? List.of(new Receiver(pipeline.get(), null)) : List.of(),
                event.get(),
                forgeHeaders.id(headers::getHeaderString).orElse(null),
                ofRefs
                        ? ToldRefReader.read(forge.get().type(), event.get(), read)
                                .orElse(null)
                        : null);
    }

    private Response accept(List<Receiver> pipelines, String event, @Nullable String id, @Nullable Told told) {
        if (pipelines.isEmpty()) {
            return answer(Outcome.NotUsed, 202, "event " + event + " is not used");
        }
        var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        for (Receiver receiver : pipelines) {
            var meta = receiver.pipeline().getMetadata();
            deliveries.fire(new Delivery(meta.getNamespace(), meta.getName(), event, id, now, told, receiver.press()));
        }
        return answer(Outcome.Accepted, 202, "accepted");
    }

    private boolean isProven(
            Pipeline pipeline,
            ForgeType forge,
            SecretUse use,
            Function<String, @Nullable String> header,
            InputStream body)
            throws IOException {
        var meta = pipeline.getMetadata();
        try {
            var value = secret.read(meta.getNamespace(), meta.getName(), use);
            return new WebhookProof(forge, value).isValid(header, body, clock.instant());
        } catch (Problem e) {
            LOG.debugf(
                    "Pipeline %s/%s: a webhook cannot be proven: %s",
                    meta.getNamespace(), meta.getName(), e.getMessage());
            return false;
        }
    }

    private Response refuse(int status, String sentence) {
        return answer(Outcome.Refused, status, sentence);
    }

    private Response answer(Outcome outcome, int status, String sentence) {
        meters.counter("hearth.webhooks", "outcome", outcome.name()).increment();
        return Response.status(status)
                .type(MediaType.TEXT_PLAIN_TYPE)
                .entity(sentence + "\n")
                .build();
    }
}
