package dev.hearth.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import land.oras.auth.HttpClient.ResponseWrapper;
import land.oras.exception.OrasException;
import land.oras.utils.Const;

/**
 * Reads and writes the manifests of one repository. Below ORAS's own {@code Registry}, which writes an index anew and dates
 * it, so that its digest is another each time, knows one media type for a manifest, and obeys the machine's registries.conf.
 */
final class Session {
    /** What the OCI distribution specification lets a registry limit a manifest to. */
    private static final int LARGEST = 4 << 20;

    /** What registries say that have no such manifest, or never delete one. */
    private static final Set<Integer> KEPT =
            Set.of(HttpURLConnection.HTTP_NOT_FOUND, HttpURLConnection.HTTP_BAD_METHOD);

    private final Connection connection;

    Session(Connection connection) {
        this.connection = connection;
    }

    Manifest get(String digest) throws RegistryException {
        var uri = connection.repository().manifest(digest, connection.insecure());
        try {
            var response = connection
                    .client()
                    .download(
                            uri,
                            Map.of("Accept", Const.MANIFEST_ACCEPT_TYPE),
                            connection.unshared(),
                            connection.user());
            try (var body = response.response()) {
                var json = text(body);
                if (response.statusCode() == 404) {
                    throw RegistryException.missing(connection.repository(), digest);
                }
                connection.check(response, json);
                var manifest = new Manifest(mediaType(response), json);
                if (!manifest.digest().equals(digest)) {
                    throw RegistryException.invalid(
                            connection.repository() + " has other content under the digest " + digest);
                }
                return manifest;
            }
        } catch (OrasException e) {
            throw connection.failure(e);
        } catch (IOException e) {
            throw RegistryException.unreachable(connection.repository(), e);
        }
    }

    void put(String reference, Manifest manifest) throws RegistryException {
        var uri = connection.repository().manifest(reference, connection.insecure());
        try {
            var response = connection
                    .client()
                    .put(
                            uri,
                            manifest.bytes(),
                            Map.of("Content-Type", manifest.mediaType()),
                            connection.unshared(),
                            connection.user());
            connection.check(response, response.response());
        } catch (OrasException e) {
            throw connection.failure(e);
        }
    }

    /** Takes a manifest away. One that is not there is as good, and a registry that deletes nothing keeps it. */
    void delete(String digest) throws RegistryException {
        var uri = connection.repository().manifest(digest, connection.insecure());
        try {
            var response = connection.client().delete(uri, Map.of(), connection.unshared(), connection.user());
            if (!KEPT.contains(response.statusCode())) {
                connection.check(response, response.response());
            }
        } catch (OrasException e) {
            throw connection.failure(e);
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
