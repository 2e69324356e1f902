package dev.hearth.registry;

import java.net.HttpURLConnection;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import java.util.Set;

/** Reads and writes the manifests of one repository, to the byte. */
final class ManifestClient {
    /** Manifests that builders write have a few kilobytes. */
    private static final int LARGEST = 1 << 20;

    private static final Map<String, String> ACCEPT = Map.of(
            "Accept",
            String.join(
                    ", ",
                    "application/vnd.oci.image.index.v1+json",
                    "application/vnd.oci.image.manifest.v1+json",
                    "application/vnd.docker.distribution.manifest.list.v2+json",
                    "application/vnd.docker.distribution.manifest.v2+json"));

    /** What registries say that have no such manifest, or never delete one. */
    private static final Set<Integer> KEPT =
            Set.of(HttpURLConnection.HTTP_NOT_FOUND, HttpURLConnection.HTTP_BAD_METHOD);

    private final Connection connection;

    ManifestClient(Connection connection) {
        this.connection = connection;
    }

    Manifest get(String digest) throws RegistryException {
        var uri = connection.repository().manifest(digest, connection.insecure());
        var answer = connection.ask("GET", uri, BodyPublishers.noBody(), ACCEPT, LARGEST);
        if (answer.status() == HttpURLConnection.HTTP_NOT_FOUND) {
            throw RegistryException.missing(connection.repository(), digest);
        }
        connection.check(answer);
        var manifest = new Manifest(mediaType(answer), answer.text());
        if (!manifest.digest().equals(digest)) {
            throw RegistryException.invalid(connection.repository() + " has other content under the digest " + digest);
        }
        return manifest;
    }

    void put(String reference, Manifest manifest) throws RegistryException {
        var uri = connection.repository().manifest(reference, connection.insecure());
        connection.check(connection.ask(
                "PUT",
                uri,
                BodyPublishers.ofByteArray(manifest.bytes()),
                Map.of("Content-Type", manifest.mediaType()),
                Connection.LARGEST_WORDS));
    }

    /** Takes a manifest away. One that is not there is as good, and a registry that deletes nothing keeps it. */
    void delete(String digest) throws RegistryException {
        var uri = connection.repository().manifest(digest, connection.insecure());
        var answer = connection.ask("DELETE", uri, BodyPublishers.noBody(), Map.of(), Connection.LARGEST_WORDS);
        if (!KEPT.contains(answer.status())) {
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
