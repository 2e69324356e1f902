package dev.hearth.registry;

import java.net.HttpURLConnection;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import java.util.Set;

/** Reads, writes and deletes the manifests of one repository. */
final class ManifestClient {
    /** Size limit of a manifest. Manifests of builders have a few kilobytes. */
    private static final int LARGEST = 1 << 20;

    private static final Map<String, String> ACCEPT = Map.of(
            "Accept",
            String.join(
                    ", ",
                    "application/vnd.oci.image.index.v1+json",
                    "application/vnd.oci.image.manifest.v1+json",
                    "application/vnd.docker.distribution.manifest.list.v2+json",
                    "application/vnd.docker.distribution.manifest.v2+json"));

    /** Status codes of registries that do not have the manifest, or do not support deletion. */
    private static final Set<Integer> NOT_DELETED =
            Set.of(HttpURLConnection.HTTP_NOT_FOUND, HttpURLConnection.HTTP_BAD_METHOD);

    private final Connection connection;

    ManifestClient(Connection connection) {
        this.connection = connection;
    }

    Manifest get(String digest) throws RegistryException {
        var uri = connection.repository().manifest(digest, connection.insecure());
        var answer = connection.send("GET", uri, BodyPublishers.noBody(), ACCEPT, LARGEST);
        if (answer.status() == HttpURLConnection.HTTP_NOT_FOUND) {
            throw RegistryException.missing(connection.repository(), digest);
        }
        connection.check(answer);
        var manifest = new Manifest(mediaType(answer), answer.text());
        if (!manifest.digest().equals(digest)) {
            throw RegistryException.invalid(
                    connection.repository() + " sends content that does not match the digest " + digest);
        }
        return manifest;
    }

    void put(String reference, Manifest manifest) throws RegistryException {
        var uri = connection.repository().manifest(reference, connection.insecure());
        connection.check(connection.send(
                "PUT",
                uri,
                BodyPublishers.ofByteArray(manifest.bytes()),
                Map.of("Content-Type", manifest.mediaType()),
                Connection.LARGEST_ANSWER));
    }

    /** Deletes a manifest. It is no error if the manifest does not exist or the registry does not support deletion. */
    void delete(String digest) throws RegistryException {
        var uri = connection.repository().manifest(digest, connection.insecure());
        var answer = connection.send("DELETE", uri, BodyPublishers.noBody(), Map.of(), Connection.LARGEST_ANSWER);
        if (!NOT_DELETED.contains(answer.status())) {
            connection.check(answer);
        }
    }

    private static String mediaType(Connection.Answer answer) {
        return answer.headers()
                .firstValue("Content-Type")
                .orElse("")
                .split(";", 2)[0]
                .strip();
    }
}
