package dev.hearth.pod;

import dev.hearth.api.Isolation;
import dev.hearth.buildkit.BuildCommand;
import dev.hearth.buildkit.DaemonScript;
import dev.hearth.core.cache.CacheMount;
import dev.hearth.core.cache.SeedChoice;
import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The pod that tries a form of isolation: a daemon as in a build, on an empty volume of the pod's own, and a client that
 * builds something small.
 *
 * @param owner with which it goes, should the operator not come to remove it
 * @param timeLimit after which the kubelet ends it
 */
public record PreflightPod(
        String namespace, String image, String toml, Isolation isolation, OwnerReference owner, Duration timeLimit) {
    /** The container whose end is the result of the preflight. */
    static final String CHECK = "check";

    private static final String LOCKED = DaemonContainer.VOLUMES + "/locked";

    /** The check's image has one program in it. */
    private static final String CACHE = "1Gi";

    public Pod pod() {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(Names.preflight(isolation))
                .withLabels(Map.of(Labels.MANAGED_BY, Labels.HEARTH))
                .withOwnerReferences(owner)
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withHostUsers(isolation == Isolation.UserNamespace ? Boolean.FALSE : null)
                .withActiveDeadlineSeconds(Math.max(1, timeLimit.toSeconds()))
                .withTerminationGracePeriodSeconds(1L)
                .withInitContainers(Confinement.before(isolation, image))
                .addToInitContainers(daemon().build())
                .withContainers(check().build())
                .withVolumes(volumes())
                .endSpec()
                .build();
    }

    private ContainerBuilder daemon() {
        var script = DaemonScript.PREFLIGHT.text() + "\n" + DaemonScript.DAEMON.text();
        var seed = SeedChoice.cold(Names.preflight(isolation), "a trial");
        var cache = new CacheMount(
                "preflight", isolation, seed, true, Optional.empty(), List.of(), Optional.empty(), false, "");
        var container = new DaemonContainer(
                        image, toml, Long.MAX_VALUE, isolation, script, Footprint.TRIAL.with(new Quantity(CACHE)))
                .of(cache, List.of())
                .edit();
        // Whoever is root of the node may well write what is mounted read-only.
        var locked = isolation == Isolation.Privileged ? "" : LOCKED;
        return container
                .addToEnv(new EnvVar("LOCKED", locked, null))
                .addToVolumeMounts(Parts.readOnly("cache", LOCKED));
    }

    private ContainerBuilder check() {
        return new ContainerBuilder()
                .withName(CHECK)
                .withImage(image)
                .withCommand("/bin/sh", "-c", Parts.literal(DaemonScript.CHECK.text()), CHECK)
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withEnv(Confinement.clientEnvironment())
                .withSecurityContext(Confinement.client(isolation))
                .withResources(Footprint.CLIENT.resources())
                .withVolumeMounts(
                        Parts.writable("sockets", BuildCommand.SOCKETS), Confinement.temporary(CHECK));
    }

    private List<Volume> volumes() {
        var volumes = new ArrayList<>(Confinement.volumes());
        volumes.add(Confinement.temporaryVolume(CHECK));
        volumes.add(Parts.empty("cache", CACHE));
        volumes.add(Parts.empty("sockets", Parts.SMALL));
        return volumes;
    }
}
