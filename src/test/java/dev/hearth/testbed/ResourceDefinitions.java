package dev.hearth.testbed;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import org.jspecify.annotations.Nullable;

/** What tests ask of CustomResourceDefinitions. */
public final class ResourceDefinitions {
    private ResourceDefinitions() {}

    /** Whether the API server serves the kind. A definition that was only just created has no status or no conditions. */
    public static boolean isEstablished(@Nullable HasMetadata resource) {
        return resource instanceof CustomResourceDefinition definition
                && definition.getStatus() != null
                && definition.getStatus().getConditions() != null
                && definition.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Established")
                                && condition.getStatus().equals("True"));
    }
}
