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
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/** Turns a source into something to read from, with the credentials of its Secret. */
@ApplicationScoped
public class RepositoryOpener {
    private final AllowedSecrets secrets;

    private final boolean loopback;

    public RepositoryOpener(AllowedSecrets secrets, HearthConfig config) {
        this.secrets = secrets;
        this.loopback = config.network().loopback().orElse(false);
    }

    /**
     * Refuses the operator's own host at once; what a name leads to when the repository is read is looked at again then. Throws
     * {@link Problem} where the pipeline may not use the Secret, or it is not what the source needs.
     */
    public GitRemote open(String namespace, String pipeline, SourceSpec source) throws Problem {
        if (!loopback && isOwn(source.url())) {
            throw new Problem(new StatusReason(
                    Reason.AddressNotAllowed,
                    "the host of spec.source.url is the operator's own: name one that pods of the cluster reach"));
        }
        var use = SecretUse.of(source);
        if (use.isEmpty()) {
            return new GitRemote(namespace, source.url(), null, loopback);
        }
        var secret = secrets.read(namespace, pipeline, use.get());
        var password = SecretReader.value(secret, "password")
                .orElseThrow(() -> new Problem(new StatusReason(
                        Reason.SecretInvalid,
                        "Secret " + use.get().secret()
                                + " of spec.source.credentials has no key password: make it of type"
                                + " kubernetes.io/basic-auth")));
        return new GitRemote(
                namespace,
                source.url(),
                new GitCredentials(SecretReader.value(secret, "username").orElse("git"), password),
                loopback);
    }

    private static boolean isOwn(String url) {
        try {
            return Optional.ofNullable(new URI(url).getHost())
                    .filter(Destination::isLoopback)
                    .isPresent();
        } catch (URISyntaxException e) {
            return false; // refused when it is read
        }
    }

    /** What git said, in a word and a sentence. */
    public static StatusReason finding(Exception cause) {
        return switch (cause) {
            case GitException git -> new StatusReason(reason(git.reason()), String.valueOf(git.getMessage()));
            case Problem problem -> problem.finding();
            default -> new StatusReason(Reason.InternalError, cause.toString());
        };
    }

    private static Reason reason(GitException.Reason git) {
        return switch (git) {
            case RepositoryNotFound -> Reason.RepositoryNotFound;
            case AuthenticationFailed -> Reason.AuthenticationFailed;
            case Unreachable -> Reason.RepositoryUnreachable;
            case Busy -> Reason.OperatorBusy;
            case RefNotFound -> Reason.RefNotFound;
            case TooLarge -> Reason.ResponseTooLarge;
            case Invalid -> Reason.RepositoryInvalid;
        };
    }

    /** Whether the server sends more than an answer may have. */
    public static boolean isTooLarge(Exception cause) {
        return cause instanceof GitException git && git.reason() == GitException.Reason.TooLarge;
    }

    /** Whether trying again could help without anybody changing anything. */
    public static boolean isPassing(Exception cause) {
        return switch (cause) {
            case GitException git ->
                git.reason() == GitException.Reason.Unreachable || git.reason() == GitException.Reason.Busy;
            case Problem _ -> false;
            default -> true;
        };
    }

    /** Something that only a person can mend. */
    public static final class Problem extends Exception {
        private final transient StatusReason finding;

        public Problem(StatusReason finding) {
            super(finding.message());
            this.finding = finding;
        }

        public StatusReason finding() {
            return finding;
        }
    }
}
