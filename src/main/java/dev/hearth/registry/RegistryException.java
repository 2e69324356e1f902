package dev.hearth.registry;

import dev.hearth.budget.BudgetExhausted;
import dev.hearth.budget.ResponseTooLarge;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/** A registry could not be read or written. The message is one line that tells a user what to do. */
public final class RegistryException extends Exception {
    private static final int LONGEST = 200;
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

    static RegistryException tooLarge(RegistryRepository repository, long most) {
        return invalid(repository.host() + " sends too much (the answer has more than " + most / 1024
                + " KiB, the limit) for repository " + repository);
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
        if (is(cause, BudgetExhausted.class)) {
            return new RegistryException("the registry " + host + " was not called: " + innermost(cause), true);
        }
        if (is(cause, ResponseTooLarge.class)) {
            return invalid(host + " sends too much (" + innermost(cause) + ") for repository " + repository);
        }
        if (is(cause, UnresolvedAddressException.class)) {
            return new RegistryException(
                    "the host of registry " + host + " does not resolve: check "
                            + repository.fields().repository() + ", or the cluster's DNS",
                    true);
        }
        if (is(cause, CertificateException.class)) {
            return invalid("the certificate of the registry " + host + " is not trusted: " + line(innermost(cause)));
        }
        if (is(cause, SSLException.class) && innermost(cause).contains("plaintext connection")) {
            return invalid("the registry " + host + " uses plain HTTP: enable HTTPS, or let an admin list it in"
                    + " hearth.registries.insecure");
        }
        if (is(cause, ConnectException.class)) {
            return new RegistryException(
                    "the registry " + host + " does not answer: check that it runs and that the cluster can reach it",
                    true);
        }
        if (is(cause, ProtocolException.class)) { // its message quotes the server
            return invalid("the registry " + host + " does not answer as HTTP");
        }
        return new RegistryException(
                "the registry " + host + " gives no valid answer: " + line(innermost(cause)),
                is(cause, IOException.class));
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

    private static String innermost(Throwable thrown) {
        return causes(thrown)
                .map(cause ->
                        Objects.toString(cause.getMessage(), cause.getClass().getSimpleName()))
                .reduce((_, last) -> last)
                .orElse("");
    }

    private static boolean is(Throwable thrown, Class<? extends Throwable> type) {
        return causes(thrown).anyMatch(type::isInstance);
    }

    private static Stream<Throwable> causes(Throwable thrown) {
        return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause);
    }

    /** Returns a text as one short line. It may quote the registry. */
    private static String line(String text) {
        var line = text.replaceAll("[\\p{Cc}\\p{Cf}\\s]+", " ").strip();
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }
}
