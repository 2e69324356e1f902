package dev.hearth.pod.task;

import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodParts;
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
 * A container that runs dev.hearth.worker of the operator's image. It runs nothing of the pipeline.
 *
 * @param image the operator's own
 * @param insecure registry hosts, with port, that are talked to over plain HTTP
 */
public record WorkerContainer(String image, Set<String> insecure) {
    /** What the image starts otherwise is the operator. */
    static final String MAIN = "dev.hearth.worker.Worker";

    private static final String HOME = "/opt/hearth";
    private static final String CREDENTIALS = "/run/secrets/registry";

    public WorkerContainer {
        insecure = Set.copyOf(insecure);
    }

    /** Runs as nobody in particular with no rights; the caller says who it is. */
    ContainerBuilder command(String name, String... arguments) {
        return new ContainerBuilder()
                .withName(name)
                .withImage(image)
                .withCommand(command(List.of(arguments)))
                // File names outside of ASCII would be lost otherwise.
                .withEnv(
                        new EnvVar("LC_ALL", "C.UTF-8", null),
                        new EnvVar("HEARTH_INSECURE", String.join(",", new TreeSet<>(insecure)), null))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withResources(ContainerResources.WORKER.resources());
    }

    /** Started as something short-lived: one quick compiler, no statistics. */
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
        arguments.stream().map(PodParts::literal).forEach(command::add);
        return command;
    }

    /** Optional, so that a Secret that is missing becomes a sentence and not a pod that waits. */
    static Volume credentials(String volume, String secret) {
        return new VolumeBuilder()
                .withName(volume)
                .withNewSecret()
                .withSecretName(secret)
                .withOptional(true)
                .addNewItem(".dockerconfigjson", null, "config.json")
                .endSecret()
                .build();
    }

    static VolumeMount credentialsMount(String volume) {
        return PodParts.readOnly(volume, CREDENTIALS);
    }

    static EnvVar credentialsFolder() {
        return new EnvVar("DOCKER_CONFIG", CREDENTIALS, null);
    }
}
