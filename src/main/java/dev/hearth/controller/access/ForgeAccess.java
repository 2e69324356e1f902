package dev.hearth.controller.access;

import dev.hearth.api.Pipeline;
import dev.hearth.api.Reason;
import dev.hearth.cluster.SecretReader;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.core.status.StatusReason;
import dev.hearth.forge.AppKey;
import dev.hearth.forge.ForgeClient;
import dev.hearth.forge.ForgeCredential.App;
import dev.hearth.forge.ForgeCredential.Token;
import dev.hearth.forge.ForgeException;
import dev.hearth.forge.ForgeLogin;
import io.fabric8.kubernetes.api.model.Secret;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.regex.Pattern;

/** Opens the API of a pipeline's forge with the token or the key of its Secret. */
@ApplicationScoped
public class ForgeAccess {
    private static final String TOKEN_KEY = "token";
    private static final String PRIVATE_KEY = "privateKey";

    /** Several times the size of a key of 4096 bits. */
    private static final int LONGEST_KEY = 16_384;

    /** What fits into the header of a request. */
    private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{1,4096}");

    private final ForgeClient forges;
    private final AllowedSecrets secrets;

    public ForgeAccess(ForgeClient forges, AllowedSecrets secrets) {
        this.forges = forges;
        this.secrets = secrets;
    }

    /** The forge of a pipeline, with a credential. It is for one piece of work: the Secret may change. */
    public final class Session implements ForgeClient.Session {
        private final String namespace;
        private final ForgeLogin login;

        private Session(String namespace, ForgeLogin login) {
            this.namespace = namespace;
            this.login = login;
        }

        @Override
        public <T> T call(ForgeClient.Work<T> work) throws ForgeException {
            return forges.call(namespace, login, work);
        }
    }

    /** Returns whether a pipeline names a token or an App. */
    public static boolean isConfigured(Pipeline pipeline) {
        var forge = pipeline.getSpec().forge();
        return forge != null && forge.hasCredentials();
    }

    /**
     * Returns where the results of a pipeline are shown, for people. A check run of an App is another place than a commit
     * status, and statuses of steps are more places. Empty if the pipeline names no token or App, or the forge is not known.
     */
    public static Optional<String> target(Pipeline pipeline) {
        var spec = pipeline.getSpec();
        var forge = spec.forge();
        return forge == null || !isConfigured(pipeline)
                ? Optional.empty()
                : ForgeAddress.of(forge, spec.source())
                        .map(address -> forge.statusName(pipeline.getMetadata().getName()) + " at " + address.host()
                                + "/" + address.repository()
                                + (forge.app() == null
                                        ? ""
                                        : " by App " + forge.app().id())
                                + (forge.showsSteps() ? ", with its steps" : ""));
    }

    /**
     * Opens the forge.
     *
     * @throws Problem if the pipeline names no forge and token or App, or its Secret does not exist, does not allow to send it
     *     to the forge, has no such value, or has certificates that cannot be read
     */
    public Session open(Pipeline pipeline) throws Problem {
        var meta = pipeline.getMetadata();
        var source = pipeline.getSpec().source();
        var forge = pipeline.getSpec().forge();
        if (forge == null) {
            throw new Problem(new StatusReason(Reason.ForgeNotFound, "the pipeline has no spec.forge: add it"));
        }
        var address = ForgeAddress.of(forge, source)
                .orElseThrow(() -> new Problem(new StatusReason(
                        Reason.ForgeNotFound,
                        "spec.source.url does not tell where the API of the forge is: set spec.forge.url and"
                                + " spec.forge.repository")));
        var use = SecretUse.ofCredentials(forge, address, source)
                .orElseThrow(() -> new Problem(new StatusReason(
                        Reason.ForgeDenied, "the pipeline has no spec.forge.token or spec.forge.app: add it")));
        var secret = secrets.read(meta.getNamespace(), meta.getName(), use);
        var app = forge.app();
        var credential = app == null ? token(secret, use) : new App(app.id(), key(secret, use));
        return new Session(meta.getNamespace(), new ForgeLogin(address, credential, SecretAuthorities.of(use, secret)));
    }

    private static Token token(Secret secret, SecretUse use) throws Problem {
        return SecretReader.value(secret, TOKEN_KEY)
                .map(String::strip)
                .filter(value -> TOKEN.matcher(value).matches())
                .map(Token::new)
                .orElseThrow(() -> new Problem(new StatusReason(
                        Reason.SecretInvalid,
                        "Secret " + use.secret() + " of " + use.field() + " has no key " + TOKEN_KEY
                                + " with an access token of the forge: add it")));
    }

    private static AppKey key(Secret secret, SecretUse use) throws Problem {
        return SecretReader.value(secret, PRIVATE_KEY)
                .filter(pem -> pem.length() <= LONGEST_KEY)
                .flatMap(AppKey::parse)
                .orElseThrow(() -> new Problem(new StatusReason(
                        Reason.SecretInvalid,
                        "Secret " + use.secret() + " of " + use.field() + " has no key " + PRIVATE_KEY
                                + " with a private key of the App in PEM: create one in the App's settings at GitHub,"
                                + " and put the file's content there")));
    }

    /** Returns the reason of a failure. */
    public static StatusReason statusReason(ForgeException failure) {
        return new StatusReason(
                switch (failure.kind()) {
                    case Unavailable, Exceeded -> Reason.ForgeUnavailable;
                    case Denied, Unwritable -> Reason.ForgeDenied;
                    case NotFound -> Reason.ForgeNotFound;
                    case RateLimited -> Reason.ForgeRateLimited;
                    case Refused -> Reason.ForgeRefused;
                },
                String.valueOf(failure.getMessage()));
    }
}
