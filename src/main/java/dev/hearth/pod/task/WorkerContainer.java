package dev.hearth.pod.task;

import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A container that runs the program of {@code dev.hearth.worker}. It runs no code of the pipeline.
 *
 * @param image the operator's image
 * @param insecure registry hosts, with port, that are contacted over plain HTTP
 */
public record WorkerContainer(String image, Set<String> insecure) {
    /** The main class. The image's default is the operator. */
    static final String MAIN = "dev.hearth.worker.Worker";

    private static final String HOME = "/opt/hearth";
    private static final String CREDENTIALS = "/run/secrets/registry";

    public WorkerContainer {
        insecure = Set.copyOf(insecure);
    }

    /** Returns a container without security context and mounts, which the caller adds. */
    ContainerBuilder command(String name, String... arguments) {
        return new ContainerBuilder()
                .withName(name)
                .withImage(image)
                .withCommand(command(List.of(arguments)))
                // Without this, Java cannot read file names outside of ASCII.
                .withEnv(
                        ContainerParts.variable("LC_ALL", "C.UTF-8"),
                        ContainerParts.variable("HEARTH_INSECURE", String.join(",", new TreeSet<>(insecure))))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withResources(ContainerResources.WORKER.resources());
    }

    /** Returns the command line of a short-lived process: the fast compiler only, and no statistics. */
    private static List<String> command(List<String> arguments) {
        var command = new ArrayList<>(List.of(
                "/opt/java/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xmx128m",
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                "-cp",
                HOME + "/app/*:" + HOME + "/lib/main/*:" + HOME + "/lib/boot/*",
                MAIN));
        arguments.stream().map(ContainerParts::literal).forEach(command::add);
        return command;
    }

    /**
     * Returns an optional volume: if the Secret does not exist, the worker fails with a message and the pod does not
     * hang.
     */
    static Volume credentials(String volume, String secret) {
        return new VolumeBuilder()
                .withName(volume)
                .withNewSecret()
                .withSecretName(secret)
                .withOptional(true)
                .addNewItem()
                .withKey(".dockerconfigjson")
                .withPath("config.json")
                .endItem()
                .endSecret()
                .build();
    }

    static VolumeMount credentialsMount(String volume) {
        return PodVolumes.readOnly(volume, CREDENTIALS);
    }

    static EnvVar credentialsFolder() {
        return ContainerParts.variable("DOCKER_CONFIG", CREDENTIALS);
    }
}
