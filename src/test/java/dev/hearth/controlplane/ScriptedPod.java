package dev.hearth.controlplane;

import dev.hearth.agent.AgentRequest;
import dev.hearth.agent.AgentRequests;
import dev.hearth.agent.ArtifactFiles;
import dev.hearth.agent.ArtifactPushReport;
import dev.hearth.agent.ArtifactPushRequest;
import dev.hearth.agent.ArtifactRemoveReport;
import dev.hearth.agent.ArtifactRemoveRequest;
import dev.hearth.agent.DaemonReport;
import dev.hearth.agent.DaemonRequest;
import dev.hearth.agent.ImagePublishReport;
import dev.hearth.agent.SolveReport;
import dev.hearth.agent.SolveRequest;
import dev.hearth.controlplane.PodStages.End;
import dev.hearth.pod.PodRun;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One pod's life, which goes on by a step whenever something has changed. */
final class ScriptedPod {
    private static final ArtifactFiles FILES = new ArtifactFiles("sha256:" + "0".repeat(64), 1, 4);
    private static final String DIGEST = "sha256:" + "1".repeat(64);
    private static final String INDEX = "sha256:" + "2".repeat(64);

    private final FakeKubelet kubelet;
    private final Pod pod;
    private Stage stage = Stage.WAITING;
    private @Nullable Fate shown;

    private enum Stage {
        WAITING,
        BOUND,
        RUNNING,
        OVER,
        GONE
    }

    ScriptedPod(FakeKubelet kubelet, Pod pod) {
        this.kubelet = kubelet;
        this.pod = pod;
    }

    synchronized void proceed() {
        try {
            kubelet.now(pod).ifPresent(this::proceed);
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND
                    && e.getCode() != HttpURLConnection.HTTP_CONFLICT
                    && !String.valueOf(e.getMessage())
                            .contains("because it is being terminated")) { // a pod that waits outlives its test
                throw e;
            }
        }
    }

    private void proceed(Pod now) {
        if (now.getMetadata().getDeletionTimestamp() != null) {
            end(now);
            return;
        }
        var fate = kubelet.scripts(now.getMetadata().getNamespace()).fate(now);
        if (stage == Stage.WAITING) {
            if (fate instanceof Fate.Unschedulable unschedulable) {
                show(fate, PodStages.unschedulable(now, unschedulable.message()));
                return;
            }
            if (!hasVolumes(now)) {
                var namespace = now.getMetadata().getNamespace();
                PodReader.claims(now).forEach(claim -> kubelet.storage().choose(namespace, claim, ReadyNode.NAME));
                return;
            }
            kubelet.node().bind(now);
            stage = Stage.BOUND;
        }
        if (stage == Stage.BOUND) {
            if (fate instanceof Fate.Stuck stuck) {
                show(fate, PodStages.stuck(now, stuck.reason(), stuck.message()));
                return;
            }
            write(PodStages.running(now));
            stage = Stage.RUNNING;
        }
        if (stage == Stage.RUNNING) {
            live(now, fate);
        }
    }

    private void live(Pod now, Fate said) {
        // A pod that waits for a run has nothing to do yet.
        var fate = BuildPod.isWarm(now) && PodRun.of(now).isEmpty() ? new Fate.Runs() : said;
        switch (fate) {
            case Fate.Unschedulable _, Fate.Stuck _ -> {}
            case Fate.Runs _ -> {
                if (Long.valueOf(1).equals(now.getSpec().getActiveDeadlineSeconds())) {
                    over(PodStages.expired(now)); // what the operator sets to have the kubelet end it
                }
            }
            case Fate.Ends ends -> over(PodStages.over(now, ends(now, ends)));
            case Fate.Fails fails -> over(PodStages.over(now, ends(now, fails)));
            case Fate.OutOfMemory _ -> over(PodStages.outOfMemory(now));
            case Fate.Evicted _ -> over(PodStages.evicted(now));
            case Fate.NodeLost _ -> {
                over(PodStages.nodeLost(now));
                handle().withGracePeriod(0).delete();
            }
        }
    }

    /** Somebody has deleted it: its containers end, and it goes. */
    private void end(Pod now) {
        if (stage == Stage.GONE) {
            return;
        }
        if (!PodReader.hasFinished(now) && stage != Stage.WAITING) {
            over(PodStages.over(now, Map.of()));
        }
        stage = Stage.GONE;
        handle().withGracePeriod(0).delete();
    }

    private boolean hasVolumes(Pod now) {
        return PodReader.claims(now)
                .allMatch(claim -> kubelet.storage()
                        .bound(now.getMetadata().getNamespace(), claim)
                        .isPresent());
    }

    private Map<String, End> ends(Pod now, Fate.Ends fate) {
        var ends = new HashMap<String, End>();
        now.getSpec().getContainers().forEach(container -> ends.put(container.getName(), succeeded(now, container)));
        ends.putAll(fate.ends());
        return withDaemon(now, ends);
    }

    private Map<String, End> ends(Pod now, Fate.Fails fate) {
        var ends = new HashMap<String, End>();
        now.getSpec()
                .getContainers()
                .forEach(container -> ends.put(container.getName(), new End(fate.code(), fate.message())));
        return withDaemon(now, ends);
    }

    /** The daemon seals what it was told to, if all commands ended well. That of a preflight has nothing to seal. */
    private static Map<String, End> withDaemon(Pod now, Map<String, End> ends) {
        now.getSpec().getInitContainers().stream()
                .filter(container -> container.getName().equals(BuildPod.DAEMON))
                .filter(container -> container.getCommand().contains("daemon"))
                .findFirst()
                .ifPresent(daemon -> ends.putIfAbsent(
                        BuildPod.DAEMON, report(daemon, ends.values().stream().allMatch(end -> end.code() == 0))));
        return ends;
    }

    private static End report(Container daemon, boolean well) {
        var request = AgentRequests.read(daemon, DaemonRequest.class);
        var seal = Optional.ofNullable(request.seal())
                .filter(_ -> well)
                .map(number -> new DaemonReport.Sealed(number, 1024, false, List.of(request.claim()), 10))
                .orElse(null);
        return new End(
                0,
                Serialization.asJson(new DaemonReport(
                        AgentRequest.VERSION,
                        new DaemonReport.Begun(request.seed().mode().name(), 10),
                        seal,
                        262_144,
                        0,
                        null,
                        null,
                        null,
                        null)));
    }

    /** What the agent reports whose command succeeds; other commands report nothing. */
    private static End succeeded(Pod now, Container container) {
        var report = switch (String.join(" ", container.getCommand())) {
            case "hearth-agent solve" -> solved(AgentRequests.read(now, container.getName(), SolveRequest.class));
            case "hearth-agent artifact-push" -> {
                var request = AgentRequests.read(container, ArtifactPushRequest.class);
                yield new ArtifactPushReport(AgentRequest.VERSION, request.repository() + "@" + DIGEST, 4);
            }
            case "hearth-agent artifact-remove" -> {
                var request = AgentRequests.read(container, ArtifactRemoveRequest.class);
                yield new ArtifactRemoveReport(
                        AgentRequest.VERSION, request.images().size(), 0, null);
            }
            case "hearth-agent image-publish" -> new ImagePublishReport(AgentRequest.VERSION, INDEX);
            default -> null;
        };
        return new End(0, report == null ? "" : Serialization.asJson(report));
    }

    private static SolveReport solved(SolveRequest request) {
        return new SolveReport(
                AgentRequest.VERSION,
                request.push() == null ? null : DIGEST,
                3,
                1,
                null,
                null,
                request.artifacts() == null ? null : FILES,
                List.of(),
                List.of());
    }

    private void show(Fate fate, PodStatus status) {
        if (!fate.equals(shown)) {
            write(status);
            shown = fate;
        }
    }

    private void over(PodStatus status) {
        write(status);
        stage = Stage.OVER;
    }

    private void write(PodStatus status) {
        handle().subresource("status")
                .patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(Map.of("status", status)));
    }

    /** By name alone: nobody else writes what a kubelet writes. */
    private PodResource handle() {
        var meta = pod.getMetadata();
        return kubelet.client().pods().inNamespace(meta.getNamespace()).withName(meta.getName());
    }
}
