package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Size;

/** A toleration of a node's taint, as in Kubernetes. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Toleration(
        @Nullable
        @Size(max = SchemaPatterns.LABEL_KEY_LENGTH)
        @JsonPropertyDescription("Key of the taint. By default every key.")
        @org.jspecify.annotations.Nullable
        String key,

        @Nullable
        @JsonPropertyDescription("Equal (the default), or Exists, which matches every value.")
        @org.jspecify.annotations.Nullable
        Operator operator,

        @Nullable
        @Size(max = 63)
        @JsonPropertyDescription("Value of the taint, for operator Equal.")
        @org.jspecify.annotations.Nullable
        String value,

        @Nullable
        @JsonPropertyDescription("NoSchedule, PreferNoSchedule or NoExecute. By default every effect.")
        @org.jspecify.annotations.Nullable
        Effect effect,

        @Nullable
        @Min(0)
        @Max(Integer.MAX_VALUE)
        @JsonPropertyDescription("For how many seconds a NoExecute taint is tolerated. By default without limit.")
        @org.jspecify.annotations.Nullable
        Long tolerationSeconds) {

    /** How the value of a taint is compared. */
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
