package dev.hearth.controller.support;

import dev.hearth.api.Source;
import dev.hearth.cluster.Secrets;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.git.Credentials;
import dev.hearth.git.GitException;
import dev.hearth.git.GitRemote;
import jakarta.enterprise.context.ApplicationScoped;

/** Turns a source into something to read from, with the credentials of its Secret. */
@ApplicationScoped
public class Repositories {
    private final Secrets secrets;

    public Repositories(Secrets secrets) {
        this.secrets = secrets;
    }

    /** Throws {@link Problem} where the Secret is not what the source needs. */
    public GitRemote open(String namespace, Source source) throws Problem {
        var named = source.credentials();
        if (named == null) {
            return new GitRemote(source.url(), null);
        }
        var secret = secrets.find(namespace, named.secretName())
                .orElseThrow(() -> new Problem(missing("spec.source.credentials", named.secretName())));
        var password = Secrets.value(secret, "password")
                .orElseThrow(() -> new Problem(new Finding(
                        "SecretInvalid",
                        "Secret " + named.secretName()
                                + " of spec.source.credentials has no key password: make it of type"
                                + " kubernetes.io/basic-auth")));
        return new GitRemote(
                source.url(), new Credentials(Secrets.value(secret, "username").orElse("git"), password));
    }

    public static Finding missing(String field, String secret) {
        return new Finding(
                "SecretNotFound", field + " names Secret " + secret + ", which does not exist in this namespace");
    }

    /** What git said, in a word and a sentence. */
    public static Finding finding(Exception cause) {
        return switch (cause) {
            case GitException git -> new Finding(git.reason().name(), String.valueOf(git.getMessage()));
            case Problem problem -> problem.finding();
            default -> new Finding("InternalError", cause.toString());
        };
    }

    /** Whether trying again could help without anybody changing anything. */
    public static boolean isPassing(Exception cause) {
        return switch (cause) {
            case GitException git -> git.reason() == GitException.Reason.Unreachable;
            case Problem _ -> false;
            default -> true;
        };
    }

    /** Something that only a person can mend. */
    public static final class Problem extends Exception {
        private final transient Finding finding;

        public Problem(Finding finding) {
            super(finding.message());
            this.finding = finding;
        }

        public Finding finding() {
            return finding;
        }
    }
}
