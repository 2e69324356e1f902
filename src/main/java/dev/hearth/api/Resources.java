package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.HashMap;
import java.util.Map;

/** Resource requests and limits of a container, as in Kubernetes. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Resources(
        @Default("{}")
        @Size(max = 8)
        @JsonPropertyDescription("Resources that the node must have free: cpu, memory, ephemeral-storage and others.")
        Map<@Size(max = SchemaPatterns.LABEL_KEY_LENGTH) String, Quantity> requests,

        @Default("{}") @Size(max = 8) @JsonPropertyDescription("The most that the container may use of each resource.")
        Map<@Size(max = SchemaPatterns.LABEL_KEY_LENGTH) String, Quantity> limits) {

    public Resources {
        requests = Map.copyOf(orElse(requests, Map.of()));
        limits = Map.copyOf(orElse(limits, Map.of()));
    }

    /** Returns these resources, with the other's values for resources that these do not name. */
    Resources or(Resources other) {
        return new Resources(or(requests, other.requests), or(limits, other.limits));
    }

    private static Map<String, Quantity> or(Map<String, Quantity> named, Map<String, Quantity> others) {
        var all = new HashMap<>(others);
        all.putAll(named);
        return all;
    }
}
