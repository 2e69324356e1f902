package dev.hearth.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The names of the Secrets that a pod uses.
 *
 * @param variables Secrets in environment variables of containers
 * @param credentials Secrets that are mounted or used to pull images
 */
public record PodSecrets(Set<String> variables, Set<String> credentials) {
    public static PodSecrets of(Pod pod) {
        var spec = pod.getSpec();
        var containers = Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream());
        return new PodSecrets(
                containers.flatMap(PodSecrets::variables).collect(Collectors.toUnmodifiableSet()),
                Stream.concat(
                                spec.getVolumes().stream().flatMap(PodSecrets::files),
                                spec.getImagePullSecrets().stream()
                                        .filter(secret -> !secret.equals(PodFrame.NO_PULL_SECRETS))
                                        .map(LocalObjectReference::getName))
                        .collect(Collectors.toUnmodifiableSet()));
    }

    public Stream<String> all() {
        return Stream.concat(variables.stream(), credentials.stream()).distinct();
    }

    private static Stream<String> variables(Container container) {
        return Stream.concat(
                container.getEnv().stream()
                        .map(variable -> variable.getValueFrom())
                        .filter(source -> source != null && source.getSecretKeyRef() != null)
                        .map(source -> source.getSecretKeyRef().getName()),
                container.getEnvFrom().stream()
                        .filter(source -> source.getSecretRef() != null)
                        .map(source -> source.getSecretRef().getName()));
    }

    private static Stream<String> files(Volume volume) {
        var projected = volume.getProjected() == null
                ? Stream.<String>empty()
                : volume.getProjected().getSources().stream()
                        .filter(source -> source.getSecret() != null)
                        .map(source -> source.getSecret().getName());
        return Stream.concat(
                Stream.ofNullable(volume.getSecret())
                        .map(secret -> secret.getSecretName())
                        .filter(Objects::nonNull),
                projected);
    }
}
