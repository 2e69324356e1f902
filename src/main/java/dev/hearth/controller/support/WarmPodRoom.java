package dev.hearth.controller.support;

import dev.hearth.api.CacheScope;
import dev.hearth.cluster.PodClient;
import dev.hearth.config.HearthConfig;
import dev.hearth.pod.PodRun;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Limits the memory of pods that wait with a running daemon for a run, and ends such pods where pods of runs need their room.
 */
@ApplicationScoped
public class WarmPodRoom {
    private static final Logger LOG = Logger.getLogger(WarmPodRoom.class);

    /**
     * How long no pod is created to wait after room was made for a pod of a run: it would take that room again. The scheduler tries
     * a pod that has no node after ten seconds at most.
     */
    static final Duration PAUSE = Duration.ofSeconds(20);

    /** How long room is made for a pod that finds no node. What would fit has got one by then. */
    static final Duration PATIENCE = Duration.ofMinutes(1);

    /** How long it is remembered since when a pod finds no node. */
    private static final Duration REMEMBERED = Duration.ofHours(1);

    /** After this time the watch shows a pod that was created. */
    private static final Duration UNSEEN = Duration.ofMinutes(1);

    /** Stands for all namespaces. */
    private static final String EVERYWHERE = "";

    private final HearthConfig config;
    private final PodClient client;
    private final Clock clock;
    private final Map<ResourceID, Reserved> reserved = new HashMap<>();
    private final Map<String, Instant> pausedUntil = new HashMap<>();
    private final Map<String, Instant> blockedSince = new HashMap<>();
    private volatile @Nullable Cache<Pod> pods;

    public WarmPodRoom(HearthConfig config, PodClient client, Clock clock) {
        this.config = config;
        this.client = client;
        this.clock = clock;
    }

    void started(@Observes StartupEvent event, MeterRegistry meters) {
        meters.gauge("hearth.warm.pods.bytes", this, WarmPodRoom::used);
    }

    /** The memory of a pod that is being created. */
    private record Reserved(long bytes, Instant until) {}

    /** Sets the watch. The controller does so before it reconciles anything. */
    public void watch(Cache<Pod> watch) {
        pods = watch;
    }

    /** Whether any pod may wait. */
    public boolean exists() {
        return budget() > 0;
    }

    /** Returns a pod that waits, or did, as the watch shows it. */
    public Optional<Pod> find(String namespace, String name) {
        return find(new ResourceID(name, namespace));
    }

    private Optional<Pod> find(ResourceID id) {
        return Optional.ofNullable(pods).flatMap(it -> it.get(id));
    }

    /** Returns until when no pod is created to wait in a namespace, because room was made there. Empty if one may be. */
    public synchronized Optional<Instant> pausedUntil(String namespace) {
        var now = clock.instant();
        pausedUntil.values().removeIf(until -> !now.isBefore(until));
        return Stream.of(EVERYWHERE, namespace)
                .flatMap(where -> Stream.ofNullable(pausedUntil.get(where)))
                .max(Instant::compareTo);
    }

    /** Reserves the memory of a pod that is to wait. Returns false if all of them would have more than the admin gives them. */
    public synchronized boolean reserve(Pod pod) {
        var now = clock.instant();
        var id = ResourceID.fromResource(pod);
        reserved.values().removeIf(it -> !now.isBefore(it.until()));
        reserved.keySet().removeIf(it -> it.equals(id) || find(it).isPresent());
        var sum = used() + reserved.values().stream().mapToLong(Reserved::bytes).sum() + BuildPod.memory(pod);
        if (sum > budget()) {
            LOG.debugf(
                    "%s is not created: all pods that wait would have %d bytes of memory, and warm-memory allows %d",
                    ResourceName.of(pod), sum, budget());
            return false;
        }
        reserved.put(id, new Reserved(BuildPod.memory(pod), now.plus(UNSEEN)));
        return true;
    }

    /** Takes a reservation back, of a pod that could not be created. */
    public synchronized void release(Pod pod) {
        reserved.remove(ResourceID.fromResource(pod));
    }

    /**
     * Ends the pods that wait on nodes which pods without a node could have. One that still finds none after a minute is left alone:
     * otherwise a pod that no node can have would keep all others from waiting.
     */
    public void makeFor(List<Pod> blocked) {
        var recent = blocked.stream().filter(this::isBlockedOfLate).toList();
        if (!recent.isEmpty()) {
            pause(EVERYWHERE);
            end(pod -> recent.stream().anyMatch(other -> couldShareNode(pod, other)));
        }
    }

    private synchronized boolean isBlockedOfLate(Pod pod) {
        var now = clock.instant();
        blockedSince.values().removeIf(since -> !now.isBefore(since.plus(REMEMBERED)));
        var since = blockedSince.computeIfAbsent(pod.getMetadata().getUid(), _ -> now);
        return now.isBefore(since.plus(PATIENCE));
    }

    /** Ends the pods that wait in a namespace, for one that its quota does not allow. */
    public void makeIn(String namespace) {
        pause(namespace);
        end(pod -> pod.getMetadata().getNamespace().equals(namespace));
    }

    private synchronized void pause(String where) {
        pausedUntil.put(where, clock.instant().plus(PAUSE));
    }

    private void end(Predicate<Pod> which) {
        waiting().filter(pod -> !BuildPod.isToldToEnd(pod)).filter(which).forEach(pod -> {
            try {
                client.expireWaiting(pod);
            } catch (KubernetesClientException e) { // the next reconciliation of the run tries it again
                LOG.infof("%s still waits for a run: %s", ResourceName.of(pod), e.getMessage());
            }
        });
    }

    /** Whether no label of a node that one pod asks for excludes the other. */
    private static boolean couldShareNode(Pod one, Pod other) {
        var wanted = Objects.requireNonNullElse(other.getSpec().getNodeSelector(), Map.<String, String>of());
        return Objects.requireNonNullElse(one.getSpec().getNodeSelector(), Map.<String, String>of()).entrySet().stream()
                .allMatch(label ->
                        wanted.getOrDefault(label.getKey(), label.getValue()).equals(label.getValue()));
    }

    /**
     * Returns the pods that wait and have not ended. A user's pod may have the label, but only the admission policies keep it from
     * naming a cache scope as its owner.
     */
    private Stream<Pod> waiting() {
        return Optional.ofNullable(pods).stream()
                .flatMap(Cache::list)
                .filter(pod -> BuildPod.isWarm(pod)
                        && PodRun.of(pod).isEmpty()
                        && pod.getMetadata().getOwnerReferences().stream()
                                .anyMatch(owner -> Boolean.TRUE.equals(owner.getController())
                                        && owner.getKind().equals(HasMetadata.getKind(CacheScope.class)))
                        && !PodReader.hasFinished(pod)
                        && pod.getMetadata().getDeletionTimestamp() == null);
    }

    /** Returns the bytes that the pods which wait ask for. The annotation of a pod may have any number: it counts as the budget at most. */
    private long used() {
        return waiting()
                .mapToLong(pod -> Math.min(BuildPod.memory(pod), budget()))
                .sum();
    }

    private long budget() {
        return Quantity.getAmountInBytes(new Quantity(config.warmMemory())).longValue();
    }
}
