package dev.hearth.cluster.storage;

import dev.hearth.api.CacheScope;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.NameConflictException;
import dev.hearth.cluster.ObjectDeletion;
import dev.hearth.cluster.OwnedObjectWriter;
import dev.hearth.core.buildcache.SnapshotDecider.Request;
import dev.hearth.core.buildcache.TakenSnapshot;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Creates, reads and deletes VolumeSnapshots of cache volumes. Their API is an extension of Kubernetes. If it is
 * missing or rejects a request, the methods return that and do not throw, because caches never fail a run.
 */
@ApplicationScoped
public class SnapshotClient {
    private static final Logger LOG = Logger.getLogger(SnapshotClient.class);

    private final KubernetesClient client;
    private final SnapshotObjects objects;

    @Inject
    public SnapshotClient(KubernetesClient client) {
        this(client, "snapshot.storage.k8s.io");
    }

    SnapshotClient(KubernetesClient client, String group) {
        this.client = client;
        this.objects = new SnapshotObjects(group);
    }

    /** Returns why snapshots of a class cannot be created. Empty if they can. */
    public Optional<String> obstacle(String className) {
        try {
            if (client.genericKubernetesResources(objects.classes())
                            .withName(className)
                            .get()
                    != null) {
                return Optional.empty();
            }
            return Optional.of(
                    client.hasApiGroup(objects.group(), true)
                            ? "spec.storage.snapshotClassName of the CachePolicy names VolumeSnapshotClass " + className
                                    + ", which does not exist"
                            : "the cluster has no VolumeSnapshot API");
        } catch (KubernetesClientException e) {
            return Optional.of("cannot read VolumeSnapshotClass " + className + ": " + ApiRejection.message(e));
        }
    }

    /** Returns the snapshots that a scope owns. Empty if the API server cannot list them. */
    public Optional<List<TakenSnapshot>> ownedBy(CacheScope scope) {
        try {
            return Optional.of(client
                    .genericKubernetesResources(objects.snapshots())
                    .inNamespace(scope.getMetadata().getNamespace())
                    .withLabel(ObjectLabels.SCOPE, scope.getMetadata().getName())
                    .list()
                    .getItems()
                    .stream()
                    .filter(snapshot -> OwnedObjectWriter.isOwnedBy(
                            snapshot, scope.getMetadata().getUid()))
                    .map(SnapshotObjects::read)
                    .toList());
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return Optional.of(List.of());
            }
            LOG.warnf("cannot list VolumeSnapshots: %s", e.getMessage());
            return Optional.empty();
        }
    }

    /** Returns a snapshot. Empty if it does not exist or cannot be read. */
    public Optional<TakenSnapshot> find(String namespace, String name) {
        try {
            return Optional.ofNullable(named(namespace, name).get()).map(SnapshotObjects::read);
        } catch (KubernetesClientException e) {
            LOG.warnf("cannot read VolumeSnapshot %s: %s", name, e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Creates a snapshot, unless the scope owns one of the same name.
     *
     * @return why the snapshot could not be created; empty if it exists now
     */
    public Optional<String> create(CacheScope scope, Request wish, String className, OwnerReference owner) {
        var snapshots = client.genericKubernetesResources(objects.snapshots())
                .inNamespace(scope.getMetadata().getNamespace());
        try {
            snapshots.resource(objects.write(scope, wish, className, owner)).create();
            return Optional.empty();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                return Optional.of(ApiRejection.message(e));
            }
            var found = snapshots.withName(wish.name()).get();
            return found == null || OwnedObjectWriter.isOwnedBy(found, owner)
                    ? Optional.empty()
                    : Optional.of(String.valueOf(new NameConflictException(found, owner).getMessage()));
        }
    }

    /** Deletes a snapshot that a scope owns. An error is only logged, because later reconciliations try again. */
    public void delete(CacheScope scope, String name) {
        try {
            var found = named(scope.getMetadata().getNamespace(), name).get();
            if (found != null
                    && OwnedObjectWriter.isOwnedBy(found, scope.getMetadata().getUid())) {
                new ObjectDeletion(client)
                        .delete(objects.path(found), found.getMetadata().getUid());
            }
        } catch (KubernetesClientException e) {
            LOG.warnf("cannot delete VolumeSnapshot %s: %s", name, e.getMessage());
        }
    }

    private Resource<GenericKubernetesResource> named(String namespace, String name) {
        return client.genericKubernetesResources(objects.snapshots())
                .inNamespace(namespace)
                .withName(name);
    }
}
