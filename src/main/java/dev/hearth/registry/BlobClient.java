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

    /** Pushes a file unless the registry has it; nothing of it is kept in memory. */
    void push(String digest, Path file) throws RegistryException {
        try {
            push(digest, BodyPublishers.ofFile(file));
        } catch (FileNotFoundException e) {
            throw new IllegalStateException("the layer was packed into " + file, e);
        }
    }

    /** The blob as the registry sends it, which need not be what the digest says. */
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
                .ask("HEAD", uri, BodyPublishers.noBody(), Map.of(), Connection.LARGEST_WORDS)
                .isSuccess();
    }

    private void send(String digest, BodyPublisher content) throws RegistryException {
        var uploads = connection.repository().uploads(connection.insecure());
        var started = connection.ask("POST", uploads, BodyPublishers.noBody(), Map.of(), Connection.LARGEST_WORDS);
        connection.check(started);
        var place = connection
                .place(uploads, started.headers())
                .orElseThrow(() -> RegistryException.invalid(
                        connection.repository() + " does not say where to upload to: it is no OCI registry"));
        var uri = URI.create(place + (place.getRawQuery() == null ? "?" : "&") + "digest=" + digest);
        // Other storage, such as a cloud's, authorizes by the URL itself.
        connection.check(
                Connection.isOwn(uploads, place)
                        ? connection.ask("PUT", uri, content, BYTES, Connection.LARGEST_WORDS)
                        : connection.askAnonymously("PUT", uri, content, BYTES, Connection.LARGEST_WORDS));
    }
}
