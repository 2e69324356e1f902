package dev.hearth.pod;

import dev.hearth.api.Isolation;
import dev.hearth.buildkit.BuildCommand;
import dev.hearth.buildkit.DaemonScript;
import dev.hearth.core.cache.CacheMount;
import dev.hearth.core.cache.SeedChoice;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.isolation.Trial;
import dev.hearth.core.isolation.Trial.Result;
import dev.hearth.core.plan.Names;
import dev.hearth.core.run.Observation;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
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
import java.util.Set;

/**
 * The pod that tries a form of isolation: a daemon as in a build, on an empty volume of the pod's own, and a client that
 * builds something small.
 *
 * @param owner with which it goes, should the operator not come to remove it
 * @param timeLimit after which the kubelet ends it
 */
public record PreflightPod(
        String namespace, String image, String toml, Isolation isolation, OwnerReference owner, Duration timeLimit) {
    private static final String CHECK = "check";

    private static final String LOCKED = DaemonContainer.VOLUMES + "/locked";

    /** The check's image has one program in it. */
    private static final String CACHE = "1Gi";

    /** Exit code of a check that came to no result. */
    private static final int TRY_AGAIN = 75;

    private static final Set<String> SHORT_OF = Set.of("OutOfMemory", "NodeOutOfMemory", "OutOfSpace");

    /** Whoever tries decides how long it may be without a node. */
    private static final Duration NEVER = Duration.ofDays(1000);

    /** Characters of what the pod says last that reach a status. */
    private static final int LONGEST = 300;

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
                .withHostUsers(Confinement.hostUsers(isolation))
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
                .withVolumeMounts(Parts.writable("sockets", BuildCommand.SOCKETS), Confinement.temporary(CHECK));
    }

    private List<Volume> volumes() {
        var volumes = new ArrayList<>(Confinement.volumes());
        volumes.add(Confinement.temporaryVolume(CHECK));
        volumes.add(Parts.empty("cache", CACHE));
        volumes.add(Parts.empty("sockets", Confinement.SMALL));
        return volumes;
    }

    /** What a pod of this kind has shown; empty while it may show more. */
    public static Optional<Result> read(Pod pod) {
        return switch (observe(pod)) {
            case Observation.Done _ -> Optional.of(new Result.Possible());
            case Observation.Broken broken
            when isOfTheMoment(pod, broken) -> Optional.of(new Result.Delayed(broken.why()));
            case Observation.Broken broken ->
                Optional.of(impossible(pod, broken.why().message()));
            // The wait for an image or a node says nothing about the form.
            case Observation.Waiting waiting
            when waiting.patience().isPresent() && !PodWaits.OF_THE_CLUSTER.contains(waiting.reason()) ->
                Optional.of(impossible(pod, waiting.message()));
            case Observation.Waiting _, Observation.Running _ -> Optional.empty();
        };
    }

    /** Whether its node has yet to make what its containers run in, as the kubelet says. */
    public static boolean hasNoSandbox(Pod pod) {
        return pod.getSpec().getNodeName() != null
                && pod.getStatus().getPodIP() == null
                && PodStatuses.condition(pod, "PodReadyToStartContainers")
                        .filter(condition -> "True".equals(condition.getStatus()))
                        .isEmpty();
    }

    /** Whether it only needs longer, for a large image or on a busy node. */
    public static boolean isUnderway(Pod pod) {
        return switch (observe(pod)) {
            case Observation.Waiting waiting -> waiting.reason().equals(PodWaits.STARTING);
            case Observation.Running _ -> true;
            case Observation.Done _, Observation.Broken _ -> false;
        };
    }

    /** What is to be thought of a pod that has shown nothing in all the time that it had. */
    public static Result overdue(Pod pod) {
        return switch (observe(pod)) {
            case Observation.Waiting waiting
            when waiting.reason().equals(PodWaits.NO_IMAGE) ->
                new Result.Hindered(new Finding(waiting.reason(), waiting.message()));
            case Observation.Waiting waiting -> new Result.Delayed(new Finding(waiting.reason(), waiting.message()));
            case Observation.Running _, Observation.Done _, Observation.Broken _ ->
                new Result.Delayed(new Finding("PreflightSlow", "the trial took too long"));
        };
    }

    private static Observation.OfPod observe(Pod pod) {
        return new PodReader(Duration.ZERO, NEVER).build(pod, CHECK, _ -> Optional.empty());
    }

    /**
     * Whether a failure is the node's, or the moment's, rather than the form's: a busy node must not lead to a weaker one.
     */
    private static boolean isOfTheMoment(Pod pod, Observation.Broken broken) {
        if (SHORT_OF.contains(broken.why().reason())) {
            return true;
        }
        return broken.exitCode()
                .map(code -> code == TRY_AGAIN && PodWaits.daemonsEnd(pod).isEmpty())
                .orElseGet(() -> !hasFailedBefore(pod));
    }

    /** Something that has to run before the daemon did not. */
    private static boolean hasFailedBefore(Pod pod) {
        return pod.getStatus().getInitContainerStatuses().stream()
                .filter(container -> !container.getName().equals(BuildPod.DAEMON))
                .map(ContainerStatus::getState)
                .anyMatch(state -> state != null
                        && state.getTerminated() != null
                        && state.getTerminated().getExitCode() != 0);
    }

    /** In the daemon's own words where there are any: a client only knows that it is not there. */
    private static Result impossible(Pod pod, String otherwise) {
        return new Result.Impossible(
                new Finding(Trial.FAILED, shortened(PodWaits.daemonsEnd(pod).orElse(otherwise))));
    }

    private static String shortened(String message) {
        var line = message.strip().replaceAll("\\s+", " ");
        return line.length() <= LONGEST ? line : "…" + line.substring(line.length() - LONGEST);
    }
}
