package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Condition;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineStatus;
import dev.hearth.api.WebhookDelivery;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.core.secret.SecretConsent;
import dev.hearth.testbed.TestNamespace;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.codec.digest.HmacAlgorithms;
import org.apache.commons.codec.digest.HmacUtils;
import org.junit.jupiter.api.Test;

/** A pipeline whose refs are listed once an hour, and by webhook. */
class WebhookLoopIT {
    private static final String SECRET = "correct horse battery staple";
    private static final String BODY = "{\"ref\": \"refs/heads/main\"}";
    private static final String SPEC = """
            triggers: {poll: 1h, branches: [main]}
            forge: {type: GitHub, webhook: {secretName: hook}}
            tasks: [{name: unit, image: busybox, command: ["true"]}]
            """;

    @Test
    void provenDeliveryStartsTheRunOfAPushAndNothingElseDoes() {
        try (var place = ScriptedNamespace.open("webhook")) {
            place.work().secret("hook", "Opaque", Map.of(SecretConsent.PIPELINES, "p"), Map.of("secret", SECRET));
            var pipeline = place.pipeline(SPEC);
            place.work().finishedRunOf(place.commit());

            // When: there is a commit, and requests that prove nothing or are of no use
            var pushed = place.repository().commit(ScriptedNamespace.MAIN, "a", "b", place.commit());
            assertThat(place.webhook(BODY, signed("push", "forged", "another secret of forty characters")))
                    .isEqualTo(401);
            assertThat(place.webhook(BODY + " ", signed("push", "changed", SECRET)))
                    .isEqualTo(401);
            assertThat(place.webhook(BODY, without("X-Hub-Signature-256"))).isEqualTo(401);
            assertThat(place.webhook(BODY, without("X-GitHub-Event"))).isEqualTo(400);
            assertThat(place.webhook(BODY, without("Content-Type"))).isEqualTo(400);
            assertThat(place.webhook("x".repeat(25 * 1024 * 1024 + 1), signed("push", "large", SECRET)))
                    .isEqualTo(413);
            assertThat(place.webhook(BODY, signed("star", "useless", SECRET))).isEqualTo(202);

            // Then: a proven delivery is the first that is answered
            assertThat(place.webhook(BODY, signed("push", "first", SECRET))).isEqualTo(202);
            place.work().finishedRunOf(pushed);
            assertThat(deliveries(place, pipeline, 1))
                    .singleElement()
                    .returns("push", WebhookDelivery::event)
                    .returns("first", WebhookDelivery::id)
                    .returns(ScriptedNamespace.MAIN, WebhookDelivery::ref)
                    .returns("started 1 run", WebhookDelivery::result);

            // When it comes again, nothing starts
            assertThat(place.webhook(BODY, signed("push", "second", SECRET))).isEqualTo(202);
            assertThat(deliveries(place, pipeline, 2).getLast())
                    .returns("no ref that is followed has a new commit", WebhookDelivery::result);
            assertThat(place.work().runs()).hasSize(2);

            // When it is suspended with other triggers, they say what they would have started
            place.patch(pipeline, "{\"spec\": {\"suspend\": true, \"triggers\": {\"branches\": [\"next\"]}}}");
            var suspended = place.work()
                    .until(
                            pipeline,
                            it -> it.getStatus().deliveries().stream().allMatch(each -> each.wouldStart() != null));
            assertThat(suspended.getStatus().deliveries())
                    .extracting(WebhookDelivery::wouldStart)
                    .containsOnly("nothing: spec.triggers.branches has no pattern for main");
            place.patch(pipeline, "{\"spec\": {\"suspend\": false}}");
            place.work()
                    .until(
                            pipeline,
                            it -> it.getStatus().deliveries().stream().allMatch(each -> each.wouldStart() == null));
        }
    }

    @Test
    void webhookOfASecretThatDoesNotAllowThePipelineIsRefusedAndThePipelineSaysSo() {
        try (var place = ScriptedNamespace.open("hook")) {
            place.work().secret("hook", "Opaque", Map.of(), Map.of("secret", SECRET));
            var pipeline = place.pipeline(SPEC);

            var degraded = degraded(place, pipeline, "SecretNotAllowed");

            assertThat(degraded.message()).startsWith("webhooks are refused: spec.forge.webhook names Secret hook");
            assertThat(place.webhook(BODY, signed("push", "1", SECRET))).isEqualTo(401);
            assertThat(place.webhook(BODY, Map.of())).as("no event").isEqualTo(400);
        }
    }

    @Test
    void pipelineWithoutAForgeHasNoWebhook() {
        try (var place = ScriptedNamespace.open("nohook")) {
            assertThat(place.webhook(BODY, signed("push", "1", SECRET)))
                    .as("no pipeline")
                    .isEqualTo(404);
            var pipeline = place.pipeline("tasks: [{name: unit, image: busybox, command: [\"true\"]}]\n");
            place.work().until(pipeline, it -> it.getStatus().observedGeneration() != null);
            assertThat(place.webhook(BODY, signed("push", "1", SECRET))).isEqualTo(404);
        }
    }

    private static List<WebhookDelivery> deliveries(ScriptedNamespace place, Pipeline pipeline, int count) {
        return place.work()
                .until(
                        "deliveries in the status",
                        () -> Optional.ofNullable(
                                        place.client().resource(pipeline).get().getStatus())
                                .map(PipelineStatus::deliveries)
                                .filter(all -> all.size() == count));
    }

    private static Condition degraded(ScriptedNamespace place, Pipeline pipeline, String reason) {
        return place.work()
                .until(
                        "condition Degraded",
                        () -> TestNamespace.condition(
                                        place.client().resource(pipeline).get(), "Degraded")
                                .filter(condition -> condition.reason().equals(reason)));
    }

    private static Map<String, String> without(String header) {
        var headers = new HashMap<>(signed("push", "incomplete", SECRET));
        headers.remove(header);
        return headers;
    }

    private static Map<String, String> signed(String event, String id, String secret) {
        var signature = new HmacUtils(HmacAlgorithms.HMAC_SHA_256, secret).hmacHex(BODY);
        return Map.of(
                "Content-Type",
                "application/json",
                "X-GitHub-Event",
                event,
                "X-GitHub-Delivery",
                id,
                "X-Hub-Signature-256",
                "sha256=" + signature);
    }
}
