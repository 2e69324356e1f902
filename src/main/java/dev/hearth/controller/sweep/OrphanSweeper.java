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
 * Removes what Hearth made and nobody owns. Owner references do that already, by the cluster's garbage collector; this
 * proves that nothing escapes them, and takes what does. One sweep at a time, by the leader alone.
 */
@ApplicationScoped
public class OrphanSweeper {
    private static final Logger LOG = Logger.getLogger(OrphanSweeper.class);

    private final ManagedObjectLister objects;
    private final ReleasedVolumes volumes;
    private final EventRecorder events;
    private final SweepMetrics metrics;
    private final CacheIndex known;
    private final HearthConfig config;
    private OrphanTracker tracker = OrphanTracker.NONE;
    private Set<String> retained = Set.of();

    public OrphanSweeper(
            ManagedObjectLister objects,
            ReleasedVolumes volumes,
            EventRecorder events,
            SweepMetrics metrics,
            CacheIndex known,
            HearthConfig config) {
        this.objects = objects;
        this.volumes = volumes;
        this.events = events;
        this.metrics = metrics;
        this.known = known;
        this.config = config;
    }

    /** Looks once at everything. What it cannot do now the next sweep does. */
    public synchronized void removeOrphans() {
        known.namespaces().ifPresent(this::removeOrphans);
    }

    private void removeOrphans(Set<String> namespaces) {
        try {
            var made = kinds().flatMap(kind -> objects.list(kind, namespaces).stream())
                    .toList();
            var update = tracker.update(made, objects.living(namespaces));
            update.newlyConfirmed(tracker).forEach(this::recordEvent);
            tracker = update.tracker();
            var attempts = new IndependentWork();
            attempts.each(update.orphans(), this::remove);
            attempts.run(() -> report(volumes.find(namespaces)));
            attempts.finding().ifPresent(why -> LOG.warnf("the next sweep tries again: %s", why.message()));
            metrics.swept(attempts.finding().isEmpty());
        } catch (KubernetesClientException e) {
            metrics.swept(false);
            LOG.warnf("the search for objects without an owner was not finished: %s", e.getMessage());
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
                "%s %s/%s is removed: %s",
                made.kind(), made.namespace(), made.name(), orphan.cause().message());
        events.warning(
                ManagedObjectLister.reference(made),
                new StatusReason(
                        Reason.OrphanFound,
                        "Hearth removes it: " + orphan.cause().message()));
    }

    private void remove(Orphan orphan) {
        if (!isOwned(orphan) && objects.delete(orphan.object())) {
            metrics.removed(orphan);
        }
    }

    /** Asked of the API server once more, though no list that came before could show an owner that came later. */
    private boolean isOwned(Orphan orphan) {
        ManagedObject made = orphan.object();
        return switch (orphan.cause()) {
            case Unowned, OwnerGone ->
                made.owners().stream().anyMatch(owner -> objects.exists(made.namespace(), owner));
            case Unnamed -> false;
        };
    }

    private void report(List<String> found) {
        var news = new HashSet<>(found);
        news.removeAll(retained);
        if (!news.isEmpty()) {
            LOG.warnf(
                    "PersistentVolumes of deleted caches stay, as their StorageClass says Retain; delete them by hand: %s",
                    news);
        }
        retained = Set.copyOf(found);
        metrics.retained(found.size());
    }
}
