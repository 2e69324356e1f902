package dev.hearth.agent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads the requests of containers as their agents do. */
public final class AgentRequests {
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES) // the version, which no record has
            .build();

    private AgentRequests() {}

    public static <T extends AgentRequest> T read(Container container, Class<T> type) {
        try {
            return JSON.readValue(find(container).orElseThrow(), type);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    /** The kubelet makes one dollar sign of two. */
    private static Optional<String> find(Container container) {
        var request = container.getEnv().stream()
                .filter(variable -> variable.getName().startsWith(AgentRequest.VARIABLE))
                .map(EnvVar::getValue)
                .filter(Objects::nonNull)
                .map(value -> value.replace("$$", "$"))
                .collect(Collectors.joining());
        return Optional.of(request).filter(text -> !text.isEmpty());
    }
}
