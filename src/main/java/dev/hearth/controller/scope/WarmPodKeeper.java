package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolume.LastUse;
import dev.hearth.cluster.NameConflictException;
import dev.hearth.cluster.OwnedObjectWriter;
import dev.hearth.cluster.PodClient;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.controller.support.WarmPodPlanner;
import dev.hearth.controller.support.WarmPodRoom;
import dev.hearth.core.buildcache.VolumeDecider;
import dev.hearth.core.buildcache.VolumeFacts;
import dev.hearth.core.buildcache.WarmPod;
import dev.hearth.core.buildcache.WarmPodDecider;
import dev.hearth.core.buildcache.WarmPodDecider.Decision;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.text.Durations;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodRun;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Keeps a pod with a running daemon on each volume that a run has used lately. The pod is the one that the next run of the ref
 * would create, without the requests of its solves. The next run takes it if it would create the very same one.
 */
@ApplicationScoped
public class WarmPodKeeper {
    private static final Logger LOG = Logger.getLogger(WarmPodKeeper.class);

    private final WarmPodPlanner planner;
    private final WarmPodRoom room;
    private final PodClient pods;
    private final OwnedObjectWriter objects;

    public WarmPodKeeper(WarmPodPlanner planner, WarmPodRoom room, PodClient pods, OwnedObjectWriter objects) {
        this.planner = planner;
        this.room = room;
        this.pods = pods;
        this.objects = objects;
    }

    /**
     * A decision about the pods of a volume.
     *
     * @param create builds the pod to create, if it may be
     * @param until when the pod that waits is to be looked at again
     */
    record Plan(Decision decision, Optional<Supplier<Optional<Pod>>> create, Optional<Instant> until) {
        ScopeVolume volume() {
            return decision.volume();
        }
    }

    /**
     * Decides about the pods of a volume.
     *
     * @param facts from which the volume was decided
     */
    Plan plan(ScopeObservation observation, VolumeFacts facts, ScopeVolume decided, Instant now) {
        var found = observation.allPods().stream()
                .filter(pod -> isOf(observation.scope(), pod)
                        && ObjectLabels.platform(pod).equals(decided.platform()))
                .map(WarmPodKeeper::read)
                .toList();
        var next = decided.run() == null ? next(observation, facts, decided, now) : Optional.<Next>empty();
        var decision = new WarmPodDecider(
                        observation.recorded(decided.platform()),
                        decided,
                        found,
                        next.map(it -> it.planned().wanted()),
                        pod -> isFit(observation, decided, pod))
                .decide();
        var pause = room.pausedUntil(observation.scope().getMetadata().getNamespace())
                .filter(_ -> decision.create());
        return new Plan(
                decision,
                next.filter(_ -> decision.create() && pause.isEmpty())
                        .map(it -> it.planned().pod()),
                pause.or(() -> next.map(Next::until)));
    }

    /** Creates and deletes pods. One that cannot be created is tried again with the next event: the scope lacks nothing. */
    void act(CacheScope scope, List<Plan> plans, IndependentWork work) {
        for (Plan plan : plans) {
            work.each(plan.decision().delete(), pod -> {
                LOG.debugf("%s: deletes pod %s, which waits for a run", ResourceName.of(scope), pod.name());
                pods.deleteWaiting(scope.getMetadata().getNamespace(), pod.name(), pod.uid(), pod.version());
            });
            plan.create().ifPresent(pod -> create(scope, pod));
        }
    }

    private void create(CacheScope scope, Supplier<Optional<Pod>> wanted) {
        try {
            wanted.get().filter(room::reserve).ifPresent(pod -> create(scope, pod));
        } catch (KubernetesClientException | NameConflictException e) {
            LOG.infof("%s: no pod waits for the next run: %s", ResourceName.of(scope), e.getMessage());
        }
    }

    private void create(CacheScope scope, Pod pod) {
        LOG.debugf("%s: creates %s, which waits for a run", ResourceName.of(scope), ResourceName.of(pod));
        try {
            objects.create(pod);
        } catch (KubernetesClientException | NameConflictException e) {
            room.release(pod);
            throw e;
        }
    }

    /**
     * The pod that is to wait for the next run.
     *
     * @param until when it has waited long enough
     */
    private record Next(WarmPodPlanner.Planned planned, Instant until) {}

    /** Returns the pod that is to wait on a volume that no run holds. Empty if none is. */
    private Optional<Next> next(ScopeObservation observation, VolumeFacts facts, ScopeVolume decided, Instant now) {
        var scope = observation.scope();
        var keepWarm = Durations.parse(
                observation.policy().keepWarm().of(scope.getSpec().trust()));
        if (!room.exists() || scope.isMarkedForDeletion() || decided.uid() == null) {
            return Optional.empty();
        }
        return Optional.ofNullable(decided.lastUse())
                .map(LastUse::run)
                .flatMap(name -> observation.runs().stream()
                        .filter(run -> run.name().equals(name))
                        .findFirst())
                .flatMap(run -> endOf(run)
                        .flatMap(end ->
                                WarmPodDecider.until(GitRef.of(scope.getSpec().ref()), keepWarm, end, now))
                        .flatMap(until -> unchanged(observation, facts, decided, run)
                                .flatMap(volume -> planner.plan(run, scope, volume))
                                .map(planned -> new Next(planned, until))));
    }

    private static Optional<Instant> endOf(PipelineRun run) {
        return Optional.ofNullable(run.getStatus())
                .filter(status -> status.pipelineSpec() != null && status.commit() != null)
                .flatMap(status -> Optional.ofNullable(status.finishedAt()))
                .map(Instant::parse);
    }

    /** Returns the volume as the next run gets it. Empty if that run will begin with another state. */
    private static Optional<ScopeVolume> unchanged(
            ScopeObservation observation, VolumeFacts facts, ScopeVolume decided, PipelineRun last) {
        var next = new VolumeDecider(observation.forNextRun(facts, decided, last)).decide();
        return next.uid() == null || !Objects.equals(next.seed(), decided.seed()) || next.awaitsConfirmation()
                ? Optional.empty()
                : Optional.of(next);
    }

    private boolean isFit(ScopeObservation observation, ScopeVolume decided, WarmPod pod) {
        return observation.runs().stream()
                .filter(run -> run.name().equals(decided.run()))
                .findFirst()
                .flatMap(run -> planner.fingerprint(run, observation.scope(), decided))
                .filter(pod.fingerprint()::equals)
                .isPresent();
    }

    private static boolean isOf(CacheScope scope, Pod pod) {
        return BuildPod.isWarm(pod)
                && (OwnerReferences.owns(scope, pod) || PodRun.of(pod).isPresent());
    }

    private static WarmPod read(Pod pod) {
        var metadata = pod.getMetadata();
        return new WarmPod(
                metadata.getName(),
                metadata.getUid(),
                metadata.getResourceVersion(),
                metadata.getAnnotations().getOrDefault(ObjectLabels.FINGERPRINT, ""),
                Instant.parse(metadata.getCreationTimestamp()),
                state(pod),
                PodRun.of(pod));
    }

    private static WarmPod.State state(Pod pod) {
        if (PodReader.hasFinished(pod)) {
            return WarmPod.State.Ended;
        }
        var isEnding = pod.getMetadata().getDeletionTimestamp() != null
                || (PodRun.of(pod).isEmpty() && BuildPod.isToldToEnd(pod));
        return isEnding ? WarmPod.State.Ending : WarmPod.State.Up;
    }

    /** Returns when the pods of these volumes are to be looked at again. Empty if none waits. */
    static Optional<Duration> nextCheck(List<Plan> plans, Instant now) {
        return plans.stream()
                .flatMap(plan -> plan.until().stream())
                .min(Instant::compareTo)
                .map(until -> Duration.between(now, until));
    }
}
