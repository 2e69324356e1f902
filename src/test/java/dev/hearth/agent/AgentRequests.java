package dev.hearth.agent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads the requests of containers as their agents do: from the environment, or from the annotation of their pod. */
public final class AgentRequests {
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES) // the version, which no record has
            .build();

    private static final Pattern VARIABLE = Pattern.compile(AgentRequest.VARIABLE + "(?:_[0-9]+)?");

    private AgentRequests() {}

    /** Reads the request in the environment of a container. */
    public static <T extends AgentRequest> T read(Container container, Class<T> type) {
        try {
            return JSON.readValue(find(container).orElseThrow(), type);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    /** Reads the request of a container from the annotation of its pod, by the key that the container looks for. */
    public static <T extends AgentRequest> T read(Pod pod, String container, Class<T> type) {
        var spec = pod.getSpec();
        var key = Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream())
                .filter(it -> it.getName().equals(container))
                .flatMap(it -> it.getEnv().stream())
                .filter(variable -> variable.getName().equals(AgentRequest.KEY_VARIABLE))
                .map(EnvVar::getValue)
                .findFirst()
                .orElseThrow();
        try {
            var requests = JSON.readTree(pod.getMetadata().getAnnotations().get(ObjectLabels.REQUESTS));
            return JSON.treeToValue(requests.required(key), type);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    /** The kubelet makes one dollar sign of two. */
    private static Optional<String> find(Container container) {
        var request = container.getEnv().stream()
                .filter(variable -> VARIABLE.matcher(variable.getName()).matches())
                .map(EnvVar::getValue)
                .filter(Objects::nonNull)
                .map(value -> value.replace("$$", "$"))
                .collect(Collectors.joining());
        return Optional.of(request).filter(text -> !text.isEmpty());
    }
}
