package dev.hearth.registry;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import land.oras.ContainerRef;
import land.oras.auth.AuthProvider;
import land.oras.auth.HttpClient;
import land.oras.auth.HttpClient.ResponseWrapper;
import land.oras.auth.NoAuthProvider;
import land.oras.auth.Scopes;
import land.oras.auth.UsernamePasswordProvider;
import land.oras.exception.OrasException;
import land.oras.utils.Const;
import org.jspecify.annotations.Nullable;

/**
 * Talks to one repository as one user. Below ORAS's own {@code Registry}, which writes an index anew and dates it, so that
 * its digest is another each time, knows one media type for a manifest, and obeys the machine's registries.conf.
 */
final class Session {
    /** What the OCI distribution specification lets a registry limit a manifest to. */
    private static final int LARGEST = 4 << 20;

    private final HttpClient client;
    private final Repository repository;
    private final boolean insecure;
    private final boolean anonymous;
    private final AuthProvider user;

    Session(HttpClient client, Repository repository, @Nullable Credentials credentials, boolean insecure) {
        this.client = client;
        this.repository = repository;
        this.insecure = insecure;
        this.anonymous = credentials == null;
        this.user = credentials == null
                ? new NoAuthProvider()
                : new UsernamePasswordProvider(credentials.username(), credentials.password());
    }

    Manifest get(String digest) throws RegistryException {
        var uri = repository.manifest(digest, insecure);
        try {
            var response = client.download(uri, Map.of("Accept", Const.MANIFEST_ACCEPT_TYPE), unshared(), user);
            try (var body = response.response()) {
                var json = text(body);
                if (response.statusCode() == 404) {
                    throw RegistryException.missing(repository, digest);
                }
                check(response, json);
                var manifest = new Manifest(mediaType(response), json);
                if (!manifest.digest().equals(digest)) {
                    throw RegistryException.invalid(repository + " has other content under the digest " + digest);
                }
                return manifest;
            }
        } catch (OrasException e) {
            throw RegistryException.of(repository, anonymous, e);
        } catch (IOException e) {
            throw RegistryException.unreachable(repository, e);
        }
    }

    void put(String reference, Manifest manifest) throws RegistryException {
        var uri = repository.manifest(reference, insecure);
        try {
            var response =
                    client.put(uri, manifest.bytes(), Map.of("Content-Type", manifest.mediaType()), unshared(), user);
            check(response, response.response());
        } catch (OrasException e) {
            throw RegistryException.of(repository, anonymous, e);
        }
    }

    /**
     * ORAS keeps tokens for the whole process, by registry and repository and not by user. Under a name that is used once,
     * nobody pushes with a token that somebody else's password was given for; nor does ORAS show a token of before, in place
     * of the password, to the server that gives tokens.
     */
    private Scopes unshared() {
        return Scopes.of(ContainerRef.parse(UUID.randomUUID() + ".invalid/" + repository.path()));
    }

    private void check(ResponseWrapper<?> response, String body) throws RegistryException {
        // Whatever is no success, a redirect that was not taken as well.
        if (response.statusCode() < 200 || response.statusCode() > 299) {
            throw RegistryException.of(repository, anonymous, response.statusCode(), body);
        }
    }

    private static String text(InputStream body) throws IOException {
        return new String(body.readNBytes(LARGEST), StandardCharsets.UTF_8);
    }

    private static String mediaType(ResponseWrapper<?> response) {
        return Objects.toString(response.headers().get("content-type"), "")
                .split(";", 2)[0]
                .strip();
    }
}
