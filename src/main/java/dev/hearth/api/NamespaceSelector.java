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
import org.jspecify.annotations.Nullable;

/** Selects namespaces by their labels, as a label selector of Kubernetes does: all requirements must match. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record NamespaceSelector(
        @Default("{}") @Size(max = 32) @JsonPropertyDescription("Labels that a namespace must have, with their values.")
        Map<
                        @Size(max = SchemaPatterns.LABEL_KEY_LENGTH) String,
                        @Size(max = SchemaPatterns.LABEL_VALUE_LENGTH) @Pattern(SchemaPatterns.LABEL_VALUE) String>
                matchLabels,

        @Default("[]") @Size(max = 16) @JsonPropertyDescription("Further conditions on the labels of a namespace.")
        List<Expression> matchExpressions) {

    public NamespaceSelector {
        matchLabels = Map.copyOf(orElse(matchLabels, Map.of()));
        matchExpressions = List.copyOf(orElse(matchExpressions, List.of()));
    }

    /** Whether labels meet all requirements. */
    public boolean matches(Map<String, String> labels) {
        return labels.entrySet().containsAll(matchLabels.entrySet())
                && matchExpressions.stream().allMatch(expression -> expression.matches(labels.get(expression.key())));
    }

    /** A requirement on one label. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(
            value = "(self.operator in ['In', 'NotIn']) == (size(self.values) > 0)",
            fieldPath = ".values",
            message = "In and NotIn need values, Exists and DoesNotExist have none: add values, or remove them")
    public record Expression(
            @Size(max = SchemaPatterns.LABEL_KEY_LENGTH)
            @Pattern("^[A-Za-z0-9./_-]+$")
            @JsonPropertyDescription("Key of the label.")
            String key,

            @JsonPropertyDescription("In, NotIn, Exists or DoesNotExist.")
            Operator operator,

            @Default("[]")
            @Size(max = 32)
            @JsonPropertyDescription("Values for In and NotIn. Empty for Exists and DoesNotExist.")
            List<@Size(max = 63) @Pattern("^[A-Za-z0-9._-]*$") String> values) {

        public Expression {
            values = List.copyOf(orElse(values, List.of()));
        }

        /** Whether a label meets the requirement. One that is missing, which is null, meets NotIn. */
        private boolean matches(@Nullable String label) {
            return switch (operator) {
                case In -> label != null && values.contains(label);
                case NotIn -> label == null || !values.contains(label);
                case Exists -> label != null;
                case DoesNotExist -> label == null;
            };
        }
    }

    /** How the values of a requirement are compared with the label. */
    public enum Operator {
        In,
        NotIn,
        Exists,
        DoesNotExist
    }
}
