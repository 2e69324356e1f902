package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Size;

/** A taint of nodes that a pod may run on all the same, as Kubernetes has it. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Toleration(
        @Nullable
        @Size(max = SchemaPatterns.LABEL_KEY_LENGTH)
        @JsonPropertyDescription("Key of the taint; every key if left out.")
        @org.jspecify.annotations.Nullable
        String key,

        @Nullable
        @JsonPropertyDescription("Equal, which is meant if left out, or Exists, which takes every value.")
        @org.jspecify.annotations.Nullable
        Operator operator,

        @Nullable
        @Size(max = 63)
        @JsonPropertyDescription("Value of the taint, for Equal.")
        @org.jspecify.annotations.Nullable
        String value,

        @Nullable
        @JsonPropertyDescription("NoSchedule, PreferNoSchedule or NoExecute; every effect if left out.")
        @org.jspecify.annotations.Nullable
        Effect effect,

        @Nullable
        @Min(0)
        @Max(Integer.MAX_VALUE)
        @JsonPropertyDescription("How long a NoExecute taint is tolerated; for ever if left out.")
        @org.jspecify.annotations.Nullable
        Long tolerationSeconds) {

    /** How key and value are compared. */
    public enum Operator {
        Equal,
        Exists
    }

    /** What a taint does to pods. */
    public enum Effect {
        NoSchedule,
        PreferNoSchedule,
        NoExecute
    }
}
