package dev.hearth.controller.access;

import dev.hearth.api.Reason;
import dev.hearth.authority.AddedAuthorities;
import dev.hearth.cluster.SecretReader;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.CertificateException;

/**
 * Reads the certificate authorities that a Secret trusts for the server that it is sent to. They are in the Secret since they
 * decide who gets its content.
 */
final class SecretAuthorities {
    static final String KEY = "ca.crt";

    private SecretAuthorities() {}

    /** Returns none if the Secret has no such key. Throws {@link Problem} if they cannot be read. */
    static AddedAuthorities of(SecretUse use, Secret secret) throws Problem {
        var pem = SecretReader.value(secret, KEY);
        try {
            return pem.isPresent() ? AddedAuthorities.parse(pem.get()) : AddedAuthorities.NONE;
        } catch (CertificateException e) {
            throw new Problem(new StatusReason(
                    Reason.SecretInvalid,
                    "the key " + KEY + " of Secret " + use.secret() + " of " + use.field() + " " + e.getMessage()
                            + ": put the certificate of the authority of the server there, in PEM"));
        }
    }
}
