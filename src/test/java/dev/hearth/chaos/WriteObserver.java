package dev.hearth.chaos;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodRun;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Watches what the operator writes, and tells the phase that each write belongs to. */
final class WriteObserver implements AutoCloseable {
    private final BlockingQueue<Write> seen = new LinkedBlockingQueue<>();
    /** Uids of what users have deleted: that the rest of it goes is nobody's eviction. */
    private final Set<String> byUsers = ConcurrentHashMap.newKeySet();
    /** Generations that a status has ever listed, as uid of the scope, claim and number. */
    private final Set<String> listed = ConcurrentHashMap.newKeySet();

    private final Set<String> runsMade = ConcurrentHashMap.newKeySet();
    private final AtomicInteger generationsDropped = new AtomicInteger();
    private final AtomicInteger scopesEvicted = new AtomicInteger();

    private final SharedIndexInformer<PipelineRun> runs;
    private final SharedIndexInformer<CacheScope> scopes;
    private final SharedIndexInformer<PersistentVolumeClaim> claims;
    private final SharedIndexInformer<Pod> pods;

    /** One write, in words. */
    record Write(KillPhase phase, String what) {}

    WriteObserver(KubernetesClient client) {
        this.runs = client.resources(PipelineRun.class).inAnyNamespace().inform(new Handler<>(this::run));
        this.scopes = client.resources(CacheScope.class).inAnyNamespace().inform(new Handler<>(this::scope));
        this.claims = client.persistentVolumeClaims()
                .inAnyNamespace()
                .withLabelSelector(ObjectLabels.SELECTOR)
                .inform(new Handler<>(this::claim));
        this.pods = client.pods()
                .inAnyNamespace()
                .withLabelSelector(ObjectLabels.SELECTOR)
                .inform(new Handler<>(this::pod));
    }

    /**
     * The next write from now on.
     *
     * @param phases of which it is to belong to one; once {@code patience} is over any will do
     * @param longest after which there is none
     */
    Optional<Write> await(Set<KillPhase> phases, Duration patience, Duration longest) throws InterruptedException {
        seen.clear();
        var begun = System.nanoTime();
        while (true) {
            var left = longest.toNanos() - (System.nanoTime() - begun);
            var next = seen.poll(left, TimeUnit.NANOSECONDS);
            if (next == null) {
                return Optional.empty();
            }
            if (phases.contains(next.phase()) || System.nanoTime() - begun > patience.toNanos()) {
                return Optional.of(next);
            }
        }
    }

    void userDeletes(HasMetadata object) {
        byUsers.add(object.getMetadata().getUid());
    }

    List<PipelineRun> runs() {
        return runs.getStore().list();
    }

    List<CacheScope> scopes() {
        return scopes.getStore().list();
    }

    List<Pod> pods() {
        return pods.getStore().list();
    }

    int runsMade() {
        return runsMade.size();
    }

    int generationsDropped() {
        return generationsDropped.get();
    }

    int scopesEvicted() {
        return scopesEvicted.get();
    }

    boolean wasListed(CacheScope scope, String claim, int generation) {
        return listed.contains(key(scope, claim, generation));
    }

    private static String key(CacheScope scope, String claim, int generation) {
        return scope.getMetadata().getUid() + " " + claim + "/" + generation;
    }

    private void run(@Nullable PipelineRun before, @Nullable PipelineRun now) {
        if (before == null && now != null) {
            runsMade.add(now.getMetadata().getUid());
            if (!now.getMetadata().getOwnerReferences().isEmpty()) {
                add(KillPhase.CREATE, "made", now);
            }
        } else if (now == null && before != null) {
            add(KillPhase.DELETE, "removed", before);
        } else if (before != null && now != null && before.getStatus() == null && now.getStatus() != null) {
            add(KillPhase.CREATE, "began", now);
        }
    }

    private void scope(@Nullable CacheScope before, @Nullable CacheScope now) {
        if (now == null || now.isMarkedForDeletion()) {
            if (before != null && !before.isMarkedForDeletion()) {
                deleted(before);
            }
            return;
        }
        if (before == null) {
            add(KillPhase.CREATE, "made", now);
        }
        volumes(now).forEach(volume -> {
            var earlier = before == null
                    ? Optional.<ScopeVolume>empty()
                    : volumes(before)
                            .filter(it -> it.claim().equals(volume.claim()))
                            .findFirst();
            volume(now, earlier, volume);
        });
    }

    private void deleted(CacheScope scope) {
        if (isByUsers(scope)) {
            add(KillPhase.DELETE, "deleted", scope);
        } else {
            scopesEvicted.incrementAndGet();
            add(KillPhase.EVICT, "deleted", scope);
        }
    }

    private void volume(CacheScope scope, Optional<ScopeVolume> before, ScopeVolume now) {
        now.generations().forEach(generation -> listed.add(key(scope, now.claim(), generation.number())));
        var earlier = before.map(ScopeVolume::generations).orElse(List.of());
        var sealed = earlier.stream().map(SealedGeneration::number).collect(Collectors.toSet());
        var kept = now.generations().stream().map(SealedGeneration::number).collect(Collectors.toSet());
        var seed = now.seed();
        if (seed != null
                && before.map(ScopeVolume::seed)
                        .filter(it -> it.id().equals(seed.id()))
                        .isEmpty()) {
            add(KillPhase.SEED, "seeds " + seed.id() + " of", scope);
        }
        var newest = now.newest();
        if (!sealed.containsAll(kept) || (newest.isPresent() && !newest.equals(before.flatMap(ScopeVolume::newest)))) {
            add(KillPhase.SEAL, "lists generations " + kept + " in", scope);
        }
        if (!kept.containsAll(sealed)) {
            generationsDropped.incrementAndGet();
            add(KillPhase.EVICT, "of generations " + sealed + " keeps " + kept + " in", scope);
        }
    }

    private void claim(@Nullable PersistentVolumeClaim before, @Nullable PersistentVolumeClaim now) {
        if (before == null && now != null) {
            add(KillPhase.CREATE, "made", now);
        } else if (now != null && now.isMarkedForDeletion() && before != null && !before.isMarkedForDeletion()) {
            add(KillPhase.DELETE, "deletes", now);
        }
    }

    private void pod(@Nullable Pod before, @Nullable Pod now) {
        if (before == null && now != null && PodRun.of(now).isPresent()) {
            add(BuildPod.seedOf(now).isEmpty() ? KillPhase.CREATE : KillPhase.SEED, "made", now);
        } else if (now == null && before != null && PodRun.of(before).isPresent()) {
            add(KillPhase.DELETE, "removed", before);
        } else if (before != null && now != null && !PodReader.hasFinished(before) && PodReader.hasFinished(now)) {
            PodReader.terminationMessage(now, BuildPod.DAEMON)
                    .filter(report -> report.contains("\"generation\""))
                    .ifPresent(_ -> add(KillPhase.SEAL, "is yet to take in the seal of", now));
        }
    }

    private boolean isByUsers(CacheScope scope) {
        return Stream.concat(
                        Stream.of(scope.getMetadata().getUid()),
                        scope.getMetadata().getOwnerReferences().stream().map(owner -> owner.getUid()))
                .anyMatch(byUsers::contains);
    }

    private void add(KillPhase phase, String verb, HasMetadata object) {
        var meta = object.getMetadata();
        seen.add(new Write(phase, verb + " " + object.getKind() + " " + meta.getNamespace() + "/" + meta.getName()));
    }

    static Stream<ScopeVolume> volumes(CacheScope scope) {
        return scope.getStatus() == null ? Stream.empty() : scope.getStatus().volumes().stream();
    }

    @Override
    public void close() {
        Stream.of(runs, scopes, claims, pods).forEach(SharedIndexInformer::close);
    }

    /** What an object was and is; null before it is there, and after. */
    private interface Change<T> {
        void of(@Nullable T before, @Nullable T now);
    }

    private record Handler<T>(Change<T> change) implements ResourceEventHandler<T> {
        @Override
        public void onAdd(T added) {
            change.of(null, added);
        }

        @Override
        public void onUpdate(T before, T now) {
            change.of(before, now);
        }

        @Override
        public void onDelete(T deleted, boolean finalStateUnknown) {
            change.of(deleted, null);
        }
    }
}
