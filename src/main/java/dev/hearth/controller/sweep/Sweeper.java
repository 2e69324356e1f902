package dev.hearth.controller.sweep;

import dev.hearth.cluster.Events;
import dev.hearth.cluster.MadeObjects;
import dev.hearth.cluster.ReleasedVolumes;
import dev.hearth.controller.support.Attempts;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.support.KnownCaches;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.sweep.Kind;
import dev.hearth.core.sweep.Made;
import dev.hearth.core.sweep.Orphan;
import dev.hearth.core.sweep.Suspects;
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
public class Sweeper {
    private static final Logger LOG = Logger.getLogger(Sweeper.class);

    private final MadeObjects objects;
    private final ReleasedVolumes volumes;
    private final Events events;
    private final SweepMetrics metrics;
    private final KnownCaches known;
    private final HearthConfig config;
    private Suspects suspects = Suspects.NONE;
    private Set<String> retained = Set.of();

    public Sweeper(
            MadeObjects objects,
            ReleasedVolumes volumes,
            Events events,
            SweepMetrics metrics,
            KnownCaches known,
            HearthConfig config) {
        this.objects = objects;
        this.volumes = volumes;
        this.events = events;
        this.metrics = metrics;
        this.known = known;
        this.config = config;
    }

    /** Looks once at everything. What it cannot do now the next sweep does. */
    public synchronized void sweep() {
        known.namespaces().ifPresent(this::sweep);
    }

    private void sweep(Set<String> namespaces) {
        try {
            var made = kinds().flatMap(kind -> objects.list(kind, namespaces).stream())
                    .toList();
            var verdict = suspects.judge(made, objects.living(namespaces));
            verdict.news(suspects).forEach(this::tell);
            suspects = verdict.suspects();
            var attempts = new Attempts();
            attempts.each(verdict.orphans(), this::remove);
            attempts.run(() -> report(volumes.find(namespaces)));
            attempts.finding().ifPresent(why -> LOG.warnf("the next sweep tries again: %s", why.message()));
            metrics.swept(attempts.finding().isEmpty());
        } catch (KubernetesClientException e) {
            metrics.swept(false);
            LOG.warnf("the search for objects without an owner was not finished: %s", e.getMessage());
        }
    }

    private Stream<Kind> kinds() {
        return Stream.of(Kind.values())
                .filter(kind -> kind != Kind.NetworkPolicy || config.network().enabled());
    }

    private void tell(Orphan orphan) {
        var made = orphan.made();
        metrics.found(orphan);
        LOG.warnf(
                "%s %s/%s is removed: %s",
                made.kind(), made.namespace(), made.name(), orphan.reason().words());
        events.warning(
                MadeObjects.reference(made),
                new Finding(
                        "OrphanFound", "Hearth removes it: " + orphan.reason().words()));
    }

    private void remove(Orphan orphan) {
        if (!isOwned(orphan) && objects.delete(orphan.made())) {
            metrics.removed(orphan);
        }
    }

    /** Asked of the API server once more, though no list that came before could show an owner that came later. */
    private boolean isOwned(Orphan orphan) {
        Made made = orphan.made();
        return switch (orphan.reason()) {
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
