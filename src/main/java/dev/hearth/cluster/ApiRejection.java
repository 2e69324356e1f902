package dev.hearth.cluster;

import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Optional;

/** Why the API server refuses something. */
public final class ApiRejection {
    private static final int UNPROCESSABLE = 422;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int LONGEST = 400;
    private static final String LEAVING = "NamespaceTerminating";
    private static final String QUOTA = "exceeded quota";

    private ApiRejection() {}

    /** Whether nothing new can be made in a namespace, since it is being deleted. */
    public static boolean isOfLeavingNamespace(KubernetesClientException e) {
        return Optional.ofNullable(e.getStatus())
                .map(Status::getDetails)
                .map(StatusDetails::getCauses)
                .orElse(List.of())
                .stream()
                .anyMatch(cause -> LEAVING.equals(cause.getReason()));
    }

    /** What the API server said, in a word and its own words, shortened. */
    public static StatusReason finding(RuntimeException e) {
        return switch (e) {
            case NameTaken taken -> taken.finding();
            case KubernetesClientException refused -> new StatusReason(reason(refused), shortened(message(refused)));
            default -> new StatusReason(Reason.InternalError, shortened(e.toString()));
        };
    }

    /** A quota that others use now may be free later, and a server that is busy answers later. */
    public static boolean isPassing(RuntimeException e) {
        return e instanceof KubernetesClientException refused
                && (refused.getCode() == 0
                        || refused.getCode() == TOO_MANY_REQUESTS
                        || refused.getCode() >= HttpURLConnection.HTTP_INTERNAL_ERROR
                        || message(refused).contains(QUOTA));
    }

    private static Reason reason(KubernetesClientException e) {
        if (message(e).contains(QUOTA)) {
            return Reason.QuotaExceeded;
        }
        return switch (e.getCode()) {
            case HttpURLConnection.HTTP_FORBIDDEN -> Reason.Forbidden;
            case HttpURLConnection.HTTP_CONFLICT -> Reason.Conflict;
            case HttpURLConnection.HTTP_BAD_REQUEST, UNPROCESSABLE -> Reason.Invalid;
            default -> Reason.ApiServerUnavailable;
        };
    }

    /** In the API server's words, without the client's around them. */
    public static String message(KubernetesClientException e) {
        return Optional.ofNullable(e.getStatus())
                .map(Status::getMessage)
                .orElseGet(() -> String.valueOf(e.getMessage()));
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 1) + "…";
    }
}
