package dev.hearth.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads the content of a Secret of type kubernetes.io/dockerconfigjson. */
public final class DockerConfig {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** What Docker Hub is called in such files. */
    private static final String DOCKER_HUB = "https://index.docker.io/v1/";

    private DockerConfig() {}

    /** The credentials for a registry, by host and port. Empty if there are none or the content is no such file. */
    public static Optional<Credentials> forRegistry(byte[] json, String host) {
        try {
            var auths = JSON.readTree(json).path("auths");
            return names(host)
                    .map(auths::path)
                    .flatMap(entry -> read(entry).stream())
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Stream<String> names(String host) {
        var plain = Stream.of(host, "https://" + host, "http://" + host);
        return host.equals("docker.io") ? Stream.concat(plain, Stream.of(DOCKER_HUB)) : plain;
    }

    private static Optional<Credentials> read(JsonNode entry) {
        if (entry.hasNonNull("username") && entry.hasNonNull("password")) {
            return Optional.of(new Credentials(
                    entry.get("username").asText(), entry.get("password").asText()));
        }
        if (!entry.hasNonNull("auth")) {
            return Optional.empty();
        }
        try {
            var decoded =
                    new String(Base64.getDecoder().decode(entry.get("auth").asText()), StandardCharsets.UTF_8);
            var colon = decoded.indexOf(':');
            return colon < 0
                    ? Optional.empty()
                    : Optional.of(new Credentials(decoded.substring(0, colon), decoded.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
