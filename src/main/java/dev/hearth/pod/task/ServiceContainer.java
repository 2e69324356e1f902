package dev.hearth.pod.task;

import dev.hearth.api.ReadinessCheck;
import dev.hearth.api.Resources;
import dev.hearth.api.ServiceSpec;
import dev.hearth.core.text.Durations;
import dev.hearth.pod.PodParts;
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
 * A service beside a task: a sidecar whose startup probe holds the task back until it is ready, without anybody but the
 * kubelet. Ends with the task.
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
                .withEnv(PodParts.environment(service.env()))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(security)
                .withResources(PodParts.resources(resources))
                .withStartupProbe(probe(service.ready()))
                .withVolumeMounts(mounts);
        return service.command().isEmpty()
                ? builder.build()
                : builder.withCommand(service.command().stream()
                                .map(PodParts::literal)
                                .toList())
                        .build();
    }

    /** The container of a service, for its log. */
    public static String name(String service) {
        return PREFIX + service;
    }

    public static boolean isOne(Container container) {
        return container.getName().startsWith(PREFIX);
    }

    public static String service(Container container) {
        return container.getName().substring(PREFIX.length());
    }

    public static Duration within(Container container) {
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
                        .withCommand(
                                ready.command().stream().map(PodParts::literal).toList())
                        .endExec()
                        .build();
    }
}
