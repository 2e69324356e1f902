package dev.hearth.pod.task;

import dev.hearth.api.ReadinessCheck;
import dev.hearth.api.Resources;
import dev.hearth.api.ServiceSpec;
import dev.hearth.core.text.Durations;
import dev.hearth.pod.ContainerParts;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds the sidecar of a service and reads its settings from a pod. The kubelet starts the task only after the
 * sidecar's startup probe has succeeded, and ends the sidecar with the task.
 */
public final class ServiceContainer {
    private static final String PREFIX = "service-";

    private ServiceContainer() {}

    static Container of(
            ServiceSpec service, Resources resources, @Nullable SecurityContext security, List<VolumeMount> mounts) {
        var builder = new ContainerBuilder()
                .withName(name(service.name()))
                .withImage(service.image())
                .withRestartPolicy("Always")
                .withEnv(ContainerParts.environment(service.env()))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(security)
                .withResources(ContainerParts.resources(resources))
                .withStartupProbe(probe(service.ready()))
                .withVolumeMounts(mounts);
        return service.command().isEmpty()
                ? builder.build()
                : builder.withCommand(service.command().stream()
                                .map(ContainerParts::literal)
                                .toList())
                        .build();
    }

    /** Returns the name of a service's container. */
    public static String name(String service) {
        return PREFIX + service;
    }

    /** Whether a container is that of a service. */
    public static boolean isService(Container container) {
        return container.getName().startsWith(PREFIX);
    }

    /** Returns the name of the service of a container. */
    public static String service(Container container) {
        return container.getName().substring(PREFIX.length());
    }

    /** Returns the time in which the service has to become ready. */
    public static Duration readyWithin(Container container) {
        return Duration.ofSeconds(container.getStartupProbe().getFailureThreshold());
    }

    private static @Nullable Probe probe(ReadinessCheck ready) {
        var probe = new ProbeBuilder()
                .withPeriodSeconds(1)
                .withTimeoutSeconds(5)
                .withFailureThreshold(
                        (int) Math.max(1, Durations.parse(ready.within()).toSeconds()));
        if (ready.tcp() != null) {
            return probe.withNewTcpSocket()
                    .withPort(new IntOrString(ready.tcp()))
                    .endTcpSocket()
                    .build();
        }
        var page = ready.http();
        if (page != null) {
            return probe.withNewHttpGet()
                    .withPort(new IntOrString(page.port()))
                    .withPath(page.path())
                    .endHttpGet()
                    .build();
        }
        return ready.command().isEmpty()
                ? null
                : probe.withNewExec()
                        .withCommand(ready.command().stream()
                                .map(ContainerParts::literal)
                                .toList())
                        .endExec()
                        .build();
    }
}
