package dev.hearth.core.buildcache;

import dev.hearth.api.BuiltCompletely;
import dev.hearth.api.ScopeVolume;
import dev.hearth.core.ref.GitRef;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides which pods with a running daemon a cache volume has. At most one uses the volume at a time. It belongs to the run that
 * gets the volume, if it is fit for that run. Otherwise the run waits until the pod is gone.
 *
 * @param before the volume as recorded
 * @param now the volume as decided, still without such a pod
 * @param pods all such pods of the volume, taken by a run or not
 * @param wanted the pod that the volume should have while no run holds it
 * @param fits whether a pod that waits is fit for the run that gets the volume
 */
@BuiltCompletely
public record WarmPodDecider(
        ScopeVolume before, ScopeVolume now, List<WarmPod> pods, Optional<Wanted> wanted, Predicate<WarmPod> fits) {

    public WarmPodDecider {
        pods = List.copyOf(pods);
    }

    /** A pod that a volume should have. Its name depends on the last run of the volume and on the fingerprint. */
    public record Wanted(String name, String fingerprint) {}

    /**
     * What follows.
     *
     * @param volume with the pod that its holder takes
     * @param create whether the wanted pod is created
     * @param delete pods that are deleted
     */
    public record Decision(ScopeVolume volume, boolean create, List<WarmPod> delete) {
        public Decision {
            delete = List.copyOf(delete);
        }
    }

    /**
     * Returns until when a pod is to wait for the next run of a ref. Empty if none is.
     *
     * @param keepWarm how long the policy lets it wait
     * @param ended when the last run of the ref ended
     */
    public static Optional<Instant> until(GitRef ref, Duration keepWarm, Instant ended, Instant now) {
        return switch (ref.kind()) {
            // Those are of one commit, which is seldom run again.
            case TAG, MERGE_GROUP -> Optional.empty();
            case BRANCH, PULL_REQUEST, OTHER ->
                Optional.of(ended.plus(keepWarm)).filter(now::isBefore);
        };
    }

    public Decision decide() {
        return now.run() == null ? keep() : handOver();
    }

    /** No run holds the volume. A wanted pod that has ended stays, so that it is not created again and again. */
    private Decision keep() {
        var delete = new ArrayList<WarmPod>();
        var isFree = true;
        var exists = false;
        for (WarmPod pod : pods) {
            if (pod.waits() && wanted.filter(it -> it.name().equals(pod.name())).isPresent()) {
                exists = true;
            } else if (pod.waits() && pod.state() != WarmPod.State.Ending) {
                delete.add(pod);
            }
            isFree = isFree && pod.state() == WarmPod.State.Ended;
        }
        return new Decision(now.withWarm(null), wanted.isPresent() && !exists && isFree, delete);
    }

    private Decision handOver() {
        var warm = Objects.equals(now.run(), before.run()) ? recorded() : chosen();
        var delete = pods.stream()
                .filter(pod -> pod.waits() && pod.state() != WarmPod.State.Ending)
                .filter(pod -> warm == null || warm.unfit() || !warm.uid().equals(pod.uid()))
                .toList();
        return new Decision(now.withWarm(warm), false, delete);
    }

    /** Returns the pod that was recorded for the holder. Null once it has ended or is gone: until then it uses the volume. */
    private ScopeVolume.@Nullable Warm recorded() {
        var warm = before.warm();
        return pods.stream()
                .filter(pod -> warm != null && pod.uid().equals(warm.uid()) && pod.state() != WarmPod.State.Ended)
                .findFirst()
                .map(pod -> pod.reserved(Objects.requireNonNull(warm).unfit() || (pod.waits() && isUnfit(pod))))
                .orElse(null);
    }

    /** Returns the pod on the volume that the new holder gets or has to wait for. */
    private ScopeVolume.@Nullable Warm chosen() {
        return pods.stream()
                .filter(pod -> pod.waits() && pod.state() != WarmPod.State.Ended)
                .findFirst()
                .map(pod -> pod.reserved(isUnfit(pod)))
                .orElse(null);
    }

    /** Whether the holder cannot take a pod that waits. The state of the volume may change until the holder takes the pod. */
    private boolean isUnfit(WarmPod pod) {
        return pod.state() == WarmPod.State.Ending || !fits.test(pod);
    }
}
