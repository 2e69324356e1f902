package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;

/** Namespaces by their labels, as everywhere in Kubernetes: all that is said has to hold. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record NamespaceSelector(
        @Default("{}") @Size(max = 32) @JsonPropertyDescription("Labels that a namespace has, with their values.")
        Map<
                        @Size(max = SchemaPatterns.LABEL_KEY_LENGTH) String,
                        @Size(max = SchemaPatterns.LABEL_VALUE_LENGTH) @Pattern(SchemaPatterns.LABEL_VALUE) String>
                matchLabels,

        @Default("[]") @Size(max = 16) @JsonPropertyDescription("What else holds of a namespace's labels.")
        List<Expression> matchExpressions) {

    public NamespaceSelector {
        matchLabels = Map.copyOf(orElse(matchLabels, Map.of()));
        matchExpressions = List.copyOf(orElse(matchExpressions, List.of()));
    }

    /** What a label's value may be. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(
            value = "(self.operator in ['In', 'NotIn']) == (size(self.values) > 0)",
            fieldPath = ".values",
            message = "In and NotIn need values; Exists and DoesNotExist take none")
    public record Expression(
            @Size(max = SchemaPatterns.LABEL_KEY_LENGTH)
            @Pattern("^[A-Za-z0-9./_-]+$")
            @JsonPropertyDescription("Key of the label.")
            String key,

            @JsonPropertyDescription("In, NotIn, Exists or DoesNotExist.")
            Operator operator,

            @Default("[]") @Size(max = 32) @JsonPropertyDescription("Values for In and NotIn.")
            List<@Size(max = 63) @Pattern("^[A-Za-z0-9._-]*$") String> values) {

        public Expression {
            values = List.copyOf(orElse(values, List.of()));
        }
    }

    /** How a label is compared. */
    public enum Operator {
        In,
        NotIn,
        Exists,
        DoesNotExist
    }
}
