package dev.hearth.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hearth.http.BoundedJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads the content of a Secret of type kubernetes.io/dockerconfigjson. */
public final class DockerConfig {
    /** Other names of docker.io. {@code docker login} writes {@code https://index.docker.io/v1/}. */
    private static final Set<String> DOCKER_HUB = Set.of("index.docker.io", "registry-1.docker.io");

    private DockerConfig() {}

    /**
     * Returns the credentials for a registry, by host and port. Empty if there are none or the content cannot be read.
     */
    public static Optional<RegistryLogin> forRegistry(byte[] json, String host) {
        try {
            var auths = BoundedJson.MAPPER.readTree(json).path("auths");
            // The exact name first, as docker does, because other keys may be for one path of the registry only.
            return Stream.concat(
                            Stream.of(auths.path(host)),
                            auths.properties().stream()
                                    .filter(entry -> host(entry.getKey()).equals(host(host)))
                                    .map(Map.Entry::getValue))
                    .flatMap(entry -> read(entry).stream())
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String host(String key) {
        var host = key.replaceFirst("^https?://", "").replaceFirst("/.*", "");
        return DOCKER_HUB.contains(host) ? "docker.io" : host;
    }

    private static Optional<RegistryLogin> read(JsonNode entry) {
        return decode(entry.path("auth").asText().strip())
                .or(() -> Optional.of(new RegistryLogin(
                        entry.path("username").asText(), entry.path("password").asText())))
                .filter(credentials -> !credentials.username().isEmpty());
    }

    private static Optional<RegistryLogin> decode(String auth) {
        try {
            var decoded = new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8);
            var colon = decoded.indexOf(':');
            return colon < 0
                    ? Optional.empty()
                    : Optional.of(new RegistryLogin(decoded.substring(0, colon), decoded.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
