package dev.hearth.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import land.oras.auth.AuthProvider;
import land.oras.auth.HttpClient.ResponseWrapper;
import land.oras.auth.NoAuthProvider;
import land.oras.auth.Scopes;
import land.oras.exception.OrasException;

/** Reads and writes the blobs of one repository: layers of files and configurations of images. */
record Blobs(Connection connection) {
    private static final Map<String, String> BYTES = Map.of("Content-Type", "application/octet-stream");
    private static final int LONGEST_ERROR = 1 << 16;

    /** Pushes a blob unless the registry has it. */
    void push(String digest, byte[] content) throws RegistryException {
        push(digest, (uri, scopes, user) -> connection.client().put(uri, content, BYTES, scopes, user));
    }

    /** Pushes a file unless the registry has it; nothing of it is kept in memory. */
    void push(String digest, Path file) throws RegistryException {
        push(digest, (uri, scopes, user) -> connection.client().upload("PUT", uri, BYTES, file, scopes, user));
    }

    /** The blob as the registry sends it, which need not be what the digest says. */
    InputStream open(String digest) throws RegistryException {
        var uri = connection.repository().blob(digest, connection.insecure());
        try {
            var response = connection.client().download(uri, Map.of(), connection.unshared(), connection.user());
            if (Connection.isSuccess(response)) {
                return response.response();
            }
            try (var body = response.response()) {
                if (response.statusCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                    throw RegistryException.missing(connection.repository(), digest);
                }
                throw RegistryException.of(
                        connection.repository(),
                        connection.anonymous(),
                        response.statusCode(),
                        new String(body.readNBytes(LONGEST_ERROR), StandardCharsets.UTF_8));
            }
        } catch (OrasException e) {
            throw connection.failure(e);
        } catch (IOException e) {
            throw RegistryException.unreachable(connection.repository(), e);
        }
    }

    private void push(String digest, Upload upload) throws RegistryException {
        try {
            if (!has(digest)) {
                send(digest, upload);
            }
        } catch (OrasException e) {
            throw connection.failure(e);
        }
    }

    /** Whoever may not ask is told when it pushes. */
    private boolean has(String digest) throws RegistryException {
        var uri = connection.repository().blob(digest, connection.insecure());
        try {
            return Connection.isSuccess(
                    connection.client().head(uri, Map.of(), connection.unshared(), connection.user()));
        } catch (OrasException e) {
            if (e.getStatusCode() > 0) {
                return false;
            }
            throw e;
        }
    }

    private void send(String digest, Upload upload) throws RegistryException {
        var scopes = connection.ofUpload();
        var uploads = connection.repository().uploads(connection.insecure());
        var begun = connection.client().post(uploads, new byte[0], Map.of(), scopes, connection.user());
        connection.check(begun, begun.response());
        var place = place(uploads, begun);
        // Storage elsewhere, such as a cloud's, is told by its address who may write, and is no one to show a password
        // to.
        var own = Objects.equals(place.getScheme(), uploads.getScheme())
                && Objects.equals(place.getAuthority(), uploads.getAuthority());
        var ended = upload.to(
                URI.create(place + (place.getRawQuery() == null ? "?" : "&") + "digest=" + digest),
                own ? scopes : connection.unshared(),
                own ? connection.user() : new NoAuthProvider());
        connection.check(ended, ended.response());
    }

    private URI place(URI uploads, ResponseWrapper<String> begun) throws RegistryException {
        try {
            return uploads.resolve(Objects.requireNonNull(begun.headers().get("location"), "no place"));
        } catch (IllegalArgumentException | NullPointerException e) {
            throw RegistryException.invalid(
                    connection.repository() + " does not say where to upload to: it is no OCI registry");
        }
    }

    @FunctionalInterface
    private interface Upload {
        ResponseWrapper<String> to(URI uri, Scopes scopes, AuthProvider user);
    }
}
