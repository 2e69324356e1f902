package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** A webhook delivery that was proven to come from the forge, and what it led to. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record WebhookDelivery(
        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When it was received.")
        String receivedAt,

        @Size(max = 64) @JsonPropertyDescription("Event, as the forge names it.")
        String event,

        @Size(max = 64)
        @JsonPropertyDescription("Identifier of the delivery, which the forge's page of the webhook shows.")
        @Nullable
        String id,

        @Size(max = SchemaPatterns.REF_LENGTH)
        @JsonPropertyDescription(
                "Full name of the ref that it tells of. It is only shown: runs start by what the repository has.")
        @Nullable
        String ref,

        @Pattern(SchemaPatterns.COMMIT)
        @JsonPropertyDescription(
                "Commit of the ref that it tells of, or the object of an annotated tag; zeros if the ref was deleted.")
        @Nullable
        String commit,

        @Size(max = WebhookDelivery.RESULT_LENGTH)
        @JsonPropertyDescription("What it led to: runs that were started, or why there are none.")
        String result,

        @Size(max = WebhookDelivery.RESULT_LENGTH)
        @JsonPropertyDescription(
                "What it would start by the present spec, if the pipeline were not suspended. Missing if it is not suspended.")
        @Nullable
        String wouldStart)
        implements WebhookDeliveryBuilder.With {
    /** Most characters of a result. */
    public static final int RESULT_LENGTH = 512;
}
