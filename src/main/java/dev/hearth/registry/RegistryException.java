package dev.hearth.registry;

import dev.hearth.http.NetworkFailure;
import java.time.Duration;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A registry could not be read or written. The message is one line that tells a user what to do. */
public final class RegistryException extends Exception {
    private static final Pattern CODE = Pattern.compile(
            "\\b(?:BLOB_UNKNOWN|BLOB_UPLOAD_INVALID|BLOB_UPLOAD_UNKNOWN|DENIED|DIGEST_INVALID|MANIFEST_BLOB_UNKNOWN"
                    + "|MANIFEST_INVALID|MANIFEST_UNKNOWN|NAME_INVALID|NAME_UNKNOWN|SIZE_INVALID|TOOMANYREQUESTS"
                    + "|UNAUTHORIZED|UNSUPPORTED)\\b");

    private final boolean transientFailure;

    private RegistryException(String message, boolean transientFailure) {
        super(message);
        this.transientFailure = transientFailure;
    }

    /** Whether another attempt may succeed without a change. */
    public boolean isTransient() {
        return transientFailure;
    }

    static RegistryException invalid(String message) {
        return new RegistryException(message, false);
    }

    static RegistryException missing(RegistryRepository repository, String digest) {
        return invalid(repository + " has no image " + digest
                + ": it was deleted since it was pushed, or "
                + repository.fields().credentials() + " do not allow reading it");
    }

    static RegistryException timedOut(RegistryRepository repository, Duration limit) {
        return new RegistryException(
                repository.host() + " did not finish within " + limit.toMillis() / 1000.0 + " s for repository "
                        + repository,
                true);
    }

    static RegistryException interrupted(RegistryRepository repository) {
        return new RegistryException("the call of " + repository + " was interrupted", true);
    }

    static RegistryException of(RegistryRepository repository, boolean anonymous, int status, String body) {
        return switch (status) {
            case 401, 403 ->
                invalid(
                        anonymous
                                ? repository
                                        + " requires credentials: name a Secret of type kubernetes.io/dockerconfigjson"
                                        + " with an entry for " + repository.host() + " in "
                                        + repository.fields().credentials()
                                : repository + " rejects the credentials of "
                                        + repository.fields().credentials()
                                        + ": check user name and password, and that the user may pull and push there");
            case 404 ->
                invalid(repository + " was not found: create it in the registry, or check "
                        + repository.fields().repository());
            default ->
                new RegistryException(
                        repository + " answered with status " + status + codes(body),
                        status == 408 || status == 429 || status >= 500);
        };
    }

    static RegistryException unreachable(RegistryRepository repository, Exception cause) {
        var host = repository.host();
        var failure = NetworkFailure.of(cause);
        return switch (failure.kind()) {
            case OperatorBusy ->
                new RegistryException("the registry " + host + " was not called: " + failure.detail(), true);
            case TooLarge -> invalid(host + " sends too much (" + failure.detail() + ") for repository " + repository);
            case NotAllowed ->
                invalid(repository + " is at, or redirects to, a host that is not allowed: " + failure.detail());
            case NameUnknown ->
                new RegistryException(
                        "the host of registry " + host + " does not resolve: check "
                                + repository.fields().repository() + ", or the cluster's DNS",
                        true);
            case CertificateNotTrusted ->
                invalid("the certificate of the registry " + host + " is not trusted: " + failure.detail());
            case PlainHttp ->
                invalid("the registry " + host + " uses plain HTTP: enable HTTPS, or let an admin list it in"
                        + " hearth.registries.insecure");
            case NoConnection ->
                new RegistryException(
                        "the registry " + host
                                + " does not answer: check that it runs and that the cluster can reach it",
                        true);
            case NotHttp -> // the detail quotes the server
                invalid("the registry " + host + " does not answer as HTTP");
            case Interrupted -> new RegistryException("the call of " + repository + " was interrupted", true);
            case Connection, Unexpected ->
                new RegistryException(
                        "the registry " + host + " gives no valid answer: " + failure.detail(),
                        failure.kind() == NetworkFailure.Kind.Connection);
        };
    }

    /**
     * Returns the error codes of the OCI distribution specification in an answer. Other text of the server is not
     * shown.
     */
    private static String codes(String body) {
        var codes = CODE.matcher(body)
                .results()
                .map(MatchResult::group)
                .distinct()
                .limit(3)
                .toList();
        return codes.isEmpty() ? "" : " (" + String.join(", ", codes) + ")";
    }
}
