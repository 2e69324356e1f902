package dev.hearth.chaos;

import dev.hearth.controlplane.PodStages;
import dev.hearth.controlplane.PodStages.End;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The life of one pod: waits for its claims, runs, ends well or badly or with its node, and goes when it is deleted. */
final class FakePod implements Runnable {
    private static final long TICK_MILLIS = 15;
    private static final int LONGEST_MILLIS = 150;
    private static final int FAILS_ONE_IN = 12;
    private static final int EVICTED_ONE_IN = 25;

    private final FakeNode node;
    private final Pod pod;
    private Optional<DaemonInstructions> daemon = Optional.empty();

    FakePod(FakeNode node, Pod pod) {
        this.node = node;
        this.pod = pod;
    }

    @Override
    public void run() {
        try {
            live();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (KubernetesClientException e) {
            if (!isGone(e)) {
                throw e;
            }
        } finally {
            daemon.ifPresent(node.volumes()::end);
        }
    }

    private void live() throws InterruptedException {
        var mounts = claims();
        while (mounts.isEmpty()) {
            if (deleted()) {
                return; // without a node nobody has to let it go
            }
            Thread.sleep(TICK_MILLIS);
            mounts = claims();
        }
        node.node().bind(pod);
        if (!deleted()) {
            daemon = DaemonInstructions.of(pod, mounts.get());
            daemon.ifPresent(node.volumes()::begin);
            say(PodStages::running);
            work();
        }
        while (!deleted()) {
            Thread.sleep(TICK_MILLIS);
        }
        if (node.now(pod).filter(it -> !PodReader.hasFinished(it)).isPresent()) {
            daemon.ifPresent(node.volumes()::end);
            say(it -> PodStages.over(it, Map.of()));
        }
        handle().withGracePeriod(0).delete();
    }

    private void work() throws InterruptedException {
        if (!pause()) {
            return;
        }
        if (chance(EVICTED_ONE_IN)) {
            daemon.ifPresent(node.volumes()::end);
            say(PodStages::evicted);
            return;
        }
        var ends = new HashMap<String, End>();
        pod.getSpec()
                .getContainers()
                .forEach(container -> ends.put(
                        container.getName(),
                        isPreflight() || !chance(FAILS_ONE_IN)
                                ? FakeTerminationMessages.solved(container)
                                : FakeTerminationMessages.failed(pod)));
        if (daemon.isPresent()) {
            say(it -> PodStages.ending(it, ends));
            if (!pause()) {
                return;
            }
            ends.put(BuildPod.DAEMON, stop(daemon.get(), ends));
        }
        say(it -> PodStages.over(it, ends));
    }

    /** Between the seal and its report a pod can still be lost. */
    private End stop(DaemonInstructions order, Map<String, End> ends) {
        var seals = ends.values().stream().allMatch(end -> end.code() == 0) ? order.seal() : Optional.<Integer>empty();
        var layers = seals.isPresent() ? node.volumes().layers(order) : Set.<String>of();
        if (seals.isPresent()) {
            node.volumes().seal(order);
        }
        node.volumes().end(order);
        return FakeTerminationMessages.report(seals, layers);
    }

    private boolean isPreflight() {
        return pod.getMetadata().getName().startsWith("hearth-preflight-");
    }

    private boolean chance(int oneIn) {
        return !isPreflight() && node.chance(oneIn) == 0;
    }

    /** Works for a while; false if the pod is deleted meanwhile. */
    private boolean pause() throws InterruptedException {
        var left = isPreflight() ? TICK_MILLIS : node.chance(LONGEST_MILLIS);
        for (; left > 0; left -= TICK_MILLIS) {
            if (deleted()) {
                return false;
            }
            Thread.sleep(TICK_MILLIS);
        }
        return !deleted();
    }

    private boolean deleted() {
        return node.now(pod)
                .filter(it -> it.getMetadata().getDeletionTimestamp() == null)
                .isEmpty();
    }

    /** Uid of each claim, by name; empty while one is missing, has no volume, or is being deleted. */
    private Optional<Map<String, String>> claims() {
        var mounts = new HashMap<String, String>();
        for (String claim : PodReader.claims(pod).toList()) {
            var uid = node.storage().bound(pod.getMetadata().getNamespace(), claim);
            if (uid.isEmpty()) {
                return Optional.empty();
            }
            mounts.put(claim, uid.get());
        }
        return Optional.of(mounts);
    }

    private void say(Function<Pod, PodStatus> status) {
        var now = handle().get();
        if (now != null && now.getMetadata().getUid().equals(pod.getMetadata().getUid())) {
            handle().subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), json(status.apply(now)));
        }
    }

    private static String json(PodStatus status) {
        return Serialization.asJson(Map.of("status", status));
    }

    /** By name alone: nobody else writes what a kubelet writes. */
    private PodResource handle() {
        var meta = pod.getMetadata();
        return node.client().pods().inNamespace(meta.getNamespace()).withName(meta.getName());
    }

    private static boolean isGone(KubernetesClientException e) {
        return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND || e.getCode() == HttpURLConnection.HTTP_CONFLICT;
    }
}
