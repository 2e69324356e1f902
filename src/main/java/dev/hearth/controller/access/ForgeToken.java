package dev.hearth.controller.access;

import dev.hearth.api.Reason;
import dev.hearth.cluster.SecretReader;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.core.status.StatusReason;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.regex.Pattern;

/** Reads the token by which Hearth calls the API of a pipeline's forge. */
@ApplicationScoped
public class ForgeToken {
    private static final String KEY = "token";

    /** What fits into the header of a request. */
    private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{1,4096}");

    private final AllowedSecrets secrets;

    public ForgeToken(AllowedSecrets secrets) {
        this.secrets = secrets;
    }

    /**
     * Returns the token. Throws {@link Problem} if its Secret does not exist, does not allow the pipeline to send it to the
     * forge, or has no token.
     */
    public String read(String namespace, String pipeline, SecretUse use) throws Problem {
        return SecretReader.value(secrets.read(namespace, pipeline, use), KEY)
                .map(String::strip)
                .filter(value -> TOKEN.matcher(value).matches())
                .orElseThrow(() -> new Problem(new StatusReason(
                        Reason.SecretInvalid,
                        "Secret " + use.secret() + " of " + use.field() + " has no key " + KEY
                                + " with an access token of the forge: add it")));
    }
}
