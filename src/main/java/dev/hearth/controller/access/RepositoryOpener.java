package dev.hearth.controller.access;

import dev.hearth.api.Reason;
import dev.hearth.api.SourceSpec;
import dev.hearth.cluster.SecretReader;
import dev.hearth.config.HearthConfig;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.core.status.StatusReason;
import dev.hearth.destination.Destination;
import dev.hearth.git.GitCredentials;
import dev.hearth.git.GitException;
import dev.hearth.git.GitRemote;
import io.fabric8.kubernetes.api.model.Secret;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Opens the repository of a source with the credentials of its Secret. */
@ApplicationScoped
public class RepositoryOpener {
    private final AllowedSecrets secrets;

    private final boolean loopback;

    public RepositoryOpener(AllowedSecrets secrets, HearthConfig config) {
        this.secrets = secrets;
        this.loopback = config.network().loopback();
    }

    /**
     * Returns the repository. Throws {@link Problem} if the host is the operator's own, the pipeline may not use the
     * Secret, or the Secret lacks a key or has an invalid one. The addresses that a host name resolves to are checked when the repository
     * is read.
     */
    public GitRemote open(String namespace, String pipeline, SourceSpec source) throws Problem {
        if (!loopback && isLoopback(source.url())) {
            throw new Problem(
                    new StatusReason(
                            Reason.AddressNotAllowed,
                            "the host of spec.source.url is the operator's own: name a host that pods of the cluster can reach"));
        }
        var use = SecretUse.of(source);
        if (use.isEmpty()) {
            return GitRemote.anonymous(namespace, source.url(), loopback);
        }
        var secret = secrets.read(namespace, pipeline, use.get());
        return source.usesSsh()
                ? new GitRemote(namespace, source.url(), key(use.get(), secret), loopback)
                : new GitRemote(
                        namespace,
                        source.url(),
                        password(use.get(), secret),
                        SecretAuthorities.of(use.get(), secret),
                        loopback);
    }

    /** Returns null for a Secret that only has certificates: everybody may read the repository. */
    private static @Nullable GitCredentials password(SecretUse use, Secret secret) throws Problem {
        if (secret.getData().keySet().equals(Set.of(SecretAuthorities.KEY))) {
            return null;
        }
        return new GitCredentials.Password(
                SecretReader.value(secret, "username").orElse("git"), value(use, secret, "password", "basic-auth"));
    }

    /** Reading the repository reports a key that cannot be used, and a server that is not known. */
    private static GitCredentials key(SecretUse use, Secret secret) throws Problem {
        return new GitCredentials.Key(
                value(use, secret, "ssh-privatekey", "ssh-auth"),
                SecretReader.value(secret, "known_hosts").orElse(""));
    }

    private static String value(SecretUse use, Secret secret, String key, String type) throws Problem {
        return SecretReader.value(secret, key)
                .orElseThrow(() -> new Problem(new StatusReason(
                        Reason.SecretInvalid,
                        "Secret " + use.secret() + " of " + use.field() + " has no key " + key + ": make it of type"
                                + " kubernetes.io/" + type)));
    }

    private static boolean isLoopback(String url) {
        try {
            return Optional.ofNullable(new URI(url).getHost())
                    .filter(Destination::isLoopback)
                    .isPresent();
        } catch (URISyntaxException e) {
            return false; // reading the repository reports the invalid URL
        }
    }

    /** Returns the reason of a failure. */
    public static StatusReason statusReason(Exception cause) {
        return switch (cause) {
            case GitException git -> new StatusReason(reason(git.reason()), String.valueOf(git.getMessage()));
            case Problem problem -> problem.statusReason();
            default -> new StatusReason(Reason.InternalError, cause.toString());
        };
    }

    private static Reason reason(GitException.Reason git) {
        return switch (git) {
            case RepositoryNotFound -> Reason.RepositoryNotFound;
            case AuthenticationFailed -> Reason.AuthenticationFailed;
            case CredentialsInvalid -> Reason.SecretInvalid;
            case HostKeyRejected -> Reason.HostKeyRejected;
            case Unreachable -> Reason.RepositoryUnreachable;
            case Busy -> Reason.OperatorBusy;
            case RefNotFound -> Reason.RefNotFound;
            case TooLarge -> Reason.ResponseTooLarge;
            case Invalid -> Reason.RepositoryInvalid;
        };
    }

    /** Whether the answer of the server was larger than allowed. */
    public static boolean isTooLarge(Exception cause) {
        return cause instanceof GitException git && git.reason() == GitException.Reason.TooLarge;
    }

    /** Whether another attempt may succeed without a change by a user. */
    public static boolean isTransient(Exception cause) {
        return switch (cause) {
            case GitException git ->
                git.reason() == GitException.Reason.Unreachable || git.reason() == GitException.Reason.Busy;
            case Problem _ -> false;
            default -> true;
        };
    }

    /** A failure that lasts until a user changes something. */
    public static final class Problem extends Exception {
        private final transient StatusReason statusReason;

        public Problem(StatusReason statusReason) {
            super(statusReason.message());
            this.statusReason = statusReason;
        }

        public StatusReason statusReason() {
            return statusReason;
        }
    }
}
