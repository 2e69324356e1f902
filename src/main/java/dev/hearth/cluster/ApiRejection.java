package dev.hearth.cluster;

import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Text;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Optional;

/** Reads why the API server rejected a request. */
public final class ApiRejection {
    private static final int UNPROCESSABLE = 422;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int LONGEST = 400;
    private static final String TERMINATING = "NamespaceTerminating";
    private static final String QUOTA = "exceeded quota";

    private ApiRejection() {}

    /** Whether no object can be created because the namespace is being deleted. */
    public static boolean isNamespaceTerminating(KubernetesClientException e) {
        return Optional.ofNullable(e.getStatus())
                .map(Status::getDetails)
                .map(StatusDetails::getCauses)
                .orElse(List.of())
                .stream()
                .anyMatch(cause -> TERMINATING.equals(cause.getReason()));
    }

    /** Returns the reason of an exception, with a shortened message. */
    public static StatusReason statusReason(RuntimeException e) {
        return switch (e) {
            case NameConflictException conflict -> conflict.statusReason();
            case KubernetesClientException rejected ->
                new StatusReason(reason(rejected), Text.abbreviate(message(rejected), LONGEST));
            default -> new StatusReason(Reason.InternalError, Text.abbreviate(e.toString(), LONGEST));
        };
    }

    /** Whether the quota of a namespace is used up. */
    public static boolean isOfQuota(RuntimeException e) {
        return e instanceof KubernetesClientException rejected
                && message(rejected).contains(QUOTA);
    }

    /** Whether the same request may succeed later: the server is busy or unreachable, or a quota is used up for now. */
    public static boolean isTransient(RuntimeException e) {
        return e instanceof KubernetesClientException rejected
                && (rejected.getCode() == 0
                        || rejected.getCode() == TOO_MANY_REQUESTS
                        || rejected.getCode() >= HttpURLConnection.HTTP_INTERNAL_ERROR
                        || isOfQuota(rejected));
    }

    private static Reason reason(KubernetesClientException e) {
        if (isOfQuota(e)) {
            return Reason.QuotaExceeded;
        }
        return switch (e.getCode()) {
            case HttpURLConnection.HTTP_FORBIDDEN -> Reason.Forbidden;
            case HttpURLConnection.HTTP_CONFLICT -> Reason.Conflict;
            case HttpURLConnection.HTTP_BAD_REQUEST, UNPROCESSABLE -> Reason.Invalid;
            default -> Reason.ApiServerUnavailable;
        };
    }

    /** Returns the API server's message without the text that the client adds. */
    public static String message(KubernetesClientException e) {
        return Optional.ofNullable(e.getStatus())
                .map(Status::getMessage)
                .orElseGet(() -> String.valueOf(e.getMessage()));
    }
}
