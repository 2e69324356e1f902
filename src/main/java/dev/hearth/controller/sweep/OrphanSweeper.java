package dev.hearth.controller.sweep;

import dev.hearth.api.Reason;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.cluster.ManagedObjectLister;
import dev.hearth.cluster.storage.ReleasedVolumes;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.sweep.ManagedObject;
import dev.hearth.core.sweep.Orphan;
import dev.hearth.core.sweep.OrphanTracker;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Deletes orphans. Kubernetes already deletes objects whose owners are deleted; the sweep finds objects that it misses,
 * and shows that there are none. Only the leader sweeps, once at a time.
 */
@ApplicationScoped
public class OrphanSweeper {
    private static final Logger LOG = Logger.getLogger(OrphanSweeper.class);

    private final ManagedObjectLister objects;
    private final ReleasedVolumes volumes;
    private final EventRecorder events;
    private final SweepMetrics metrics;
    private final CacheIndex index;
    private final HearthConfig config;
    private OrphanTracker tracker = OrphanTracker.NONE;
    private Set<String> retained = Set.of();

    public OrphanSweeper(
            ManagedObjectLister objects,
            ReleasedVolumes volumes,
            EventRecorder events,
            SweepMetrics metrics,
            CacheIndex index,
            HearthConfig config) {
        this.objects = objects;
        this.volumes = volumes;
        this.events = events;
        this.metrics = metrics;
        this.index = index;
        this.config = config;
    }

    /** Sweeps once. The next sweep repeats what fails. */
    public synchronized void removeOrphans() {
        index.namespaces().ifPresent(this::removeOrphans);
    }

    private void removeOrphans(Set<String> namespaces) {
        try {
            var managed = kinds().flatMap(kind -> objects.list(kind, namespaces).stream())
                    .toList();
            var update = tracker.update(managed, objects.liveOwners(namespaces));
            update.newlyConfirmed(tracker).forEach(this::recordEvent);
            tracker = update.tracker();
            var work = new IndependentWork();
            work.each(update.orphans(), this::remove);
            work.run(() -> report(volumes.find(namespaces)));
            work.failure()
                    .ifPresent(why ->
                            LOG.warnf("the sweep has failed in part, the next one tries again: %s", why.message()));
            metrics.swept(work.failure().isEmpty());
        } catch (KubernetesClientException e) {
            metrics.swept(false);
            LOG.warnf("the sweep has failed: %s", e.getMessage());
        }
    }

    private Stream<ManagedObject.Kind> kinds() {
        return Stream.of(ManagedObject.Kind.values())
                .filter(kind -> kind != ManagedObject.Kind.NetworkPolicy
                        || config.network().enabled());
    }

    private void recordEvent(Orphan orphan) {
        var made = orphan.object();
        metrics.found(orphan);
        LOG.warnf(
                "%s %s/%s is deleted as an orphan: %s",
                made.kind(), made.namespace(), made.name(), orphan.cause().message());
        events.warning(
                ManagedObjectLister.reference(made),
                new StatusReason(
                        Reason.OrphanFound,
                        "Hearth deletes it: " + orphan.cause().message()));
    }

    private void remove(Orphan orphan) {
        if (!isOwned(orphan) && objects.delete(orphan.object())) {
            metrics.removed(orphan);
        }
    }

    /** Whether the owner of an orphan exists after all: the API server is asked right before the deletion. */
    private boolean isOwned(Orphan orphan) {
        ManagedObject made = orphan.object();
        return switch (orphan.cause()) {
            case Unowned, OwnerGone ->
                made.owners().stream().anyMatch(owner -> objects.exists(made.namespace(), owner));
            case Unnamed -> false;
        };
    }

    private void report(List<String> found) {
        var newlyRetained = new HashSet<>(found);
        newlyRetained.removeAll(retained);
        if (!newlyRetained.isEmpty()) {
            LOG.warnf(
                    "PersistentVolumes of deleted caches remain because their StorageClass has reclaimPolicy Retain: delete them by hand: %s",
                    newlyRetained);
        }
        retained = Set.copyOf(found);
        metrics.retained(found.size());
    }
}
