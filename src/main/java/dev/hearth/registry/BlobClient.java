package dev.hearth.registry;

import java.io.FileNotFoundException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.Map;

/** Reads and writes the blobs of one repository: layers of files and configurations of images. */
record BlobClient(Connection connection) {
    private static final Map<String, String> BYTES = Map.of("Content-Type", "application/octet-stream");

    /** Pushes a blob unless the registry has it. */
    void push(String digest, byte[] content) throws RegistryException {
        push(digest, BodyPublishers.ofByteArray(content));
    }

    /** Pushes a file unless the registry has it. The file is not read into memory as a whole. */
    void push(String digest, Path file) throws RegistryException {
        try {
            push(digest, BodyPublishers.ofFile(file));
        } catch (FileNotFoundException e) {
            throw new IllegalStateException("the layer was packed into " + file, e);
        }
    }

    /** Opens a blob as the registry sends it. The caller has to verify its digest. */
    InputStream open(String digest) throws RegistryException {
        return connection.open(connection.repository().blob(digest, connection.insecure()));
    }

    private void push(String digest, BodyPublisher content) throws RegistryException {
        if (!has(digest)) {
            send(digest, content);
        }
    }

    private boolean has(String digest) throws RegistryException {
        var uri = connection.repository().blob(digest, connection.insecure());
        return connection
                .send("HEAD", uri, BodyPublishers.noBody(), Map.of(), Connection.LARGEST_ANSWER)
                .isSuccess();
    }

    private void send(String digest, BodyPublisher content) throws RegistryException {
        var uploads = connection.repository().uploads(connection.insecure());
        var started = connection.send("POST", uploads, BodyPublishers.noBody(), Map.of(), Connection.LARGEST_ANSWER);
        connection.check(started);
        var location = connection
                .location(uploads, started.headers())
                .orElseThrow(() -> RegistryException.invalid(
                        connection.repository() + " names no URL for the upload: it is not an OCI registry"));
        var uri = URI.create(location + (location.getRawQuery() == null ? "?" : "&") + "digest=" + digest);
        // Another server, such as a cloud's storage, authorizes by the URL and must not get the credentials.
        connection.check(
                Connection.isSameServer(uploads, location)
                        ? connection.send("PUT", uri, content, BYTES, Connection.LARGEST_ANSWER)
                        : connection.sendAnonymously("PUT", uri, content, BYTES, Connection.LARGEST_ANSWER));
    }
}
