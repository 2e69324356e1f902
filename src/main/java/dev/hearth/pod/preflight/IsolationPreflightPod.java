package dev.hearth.pod.preflight;

import dev.hearth.api.IsolationForm;
import dev.hearth.buildkit.BuildCommand;
import dev.hearth.buildkit.DaemonScript;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.buildcache.SeedChoice;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodParts;
import dev.hearth.pod.build.DaemonContainer;
import dev.hearth.pod.build.IsolationSecurity;
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
public record IsolationPreflightPod(
        String namespace,
        String image,
        String toml,
        IsolationForm isolation,
        OwnerReference owner,
        Duration timeLimit) {
    /** The container whose end is the result of the preflight. */
    public static final String CHECK = "check";

    private static final String LOCKED = DaemonContainer.VOLUMES + "/locked";

    /** The check's image has one program in it. */
    private static final String CACHE = "1Gi";

    public Pod pod() {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(Names.isolationPreflight(isolation))
                .withLabels(Map.of(ObjectLabels.MANAGED_BY, ObjectLabels.HEARTH))
                .withOwnerReferences(owner)
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withHostUsers(isolation == IsolationForm.UserNamespace ? Boolean.FALSE : null)
                .withActiveDeadlineSeconds(Math.max(1, timeLimit.toSeconds()))
                .withTerminationGracePeriodSeconds(1L)
                .withInitContainers(IsolationSecurity.before(isolation, image))
                .addToInitContainers(daemon().build())
                .withContainers(check().build())
                .withVolumes(volumes())
                .endSpec()
                .build();
    }

    private ContainerBuilder daemon() {
        var script = DaemonScript.PREFLIGHT.text() + "\n" + DaemonScript.DAEMON.text();
        var seed = SeedChoice.cold(Names.isolationPreflight(isolation), "a trial");
        var cache = new CacheMount(
                "preflight", isolation, seed, true, Optional.empty(), List.of(), Optional.empty(), false, "");
        var container = new DaemonContainer(
                        image,
                        toml,
                        Long.MAX_VALUE,
                        isolation,
                        script,
                        ContainerResources.TRIAL.with(new Quantity(CACHE)))
                .build(cache, List.of())
                .edit();
        // Whoever is root of the node may well write what is mounted read-only.
        var locked = isolation == IsolationForm.Privileged ? "" : LOCKED;
        return container
                .addToEnv(new EnvVar("LOCKED", locked, null))
                .addToVolumeMounts(PodParts.readOnly("cache", LOCKED));
    }

    private ContainerBuilder check() {
        return new ContainerBuilder()
                .withName(CHECK)
                .withImage(image)
                .withCommand("/bin/sh", "-c", PodParts.literal(DaemonScript.CHECK.text()), CHECK)
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withEnv(IsolationSecurity.clientEnvironment())
                .withSecurityContext(IsolationSecurity.client(isolation))
                .withResources(ContainerResources.CLIENT.resources())
                .withVolumeMounts(
                        PodParts.writable("sockets", BuildCommand.SOCKETS), IsolationSecurity.temporary(CHECK));
    }

    private List<Volume> volumes() {
        var volumes = new ArrayList<>(IsolationSecurity.volumes());
        volumes.add(IsolationSecurity.temporaryVolume(CHECK));
        volumes.add(PodParts.empty("cache", CACHE));
        volumes.add(PodParts.empty("sockets", PodParts.SMALL));
        return volumes;
    }
}
