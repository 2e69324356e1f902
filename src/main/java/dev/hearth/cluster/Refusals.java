package dev.hearth.cluster;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Optional;

/** Why the API server refuses something. */
public final class Refusals {
    private static final String LEAVING = "NamespaceTerminating";

    private Refusals() {}

    /** Whether nothing new can be made in a namespace, since it is being deleted. */
    public static boolean isOfLeavingNamespace(KubernetesClientException e) {
        return Optional.ofNullable(e.getStatus())
                .map(Status::getDetails)
                .map(StatusDetails::getCauses)
                .orElse(List.of())
                .stream()
                .anyMatch(cause -> LEAVING.equals(cause.getReason()));
    }
}
