package dev.hearth.cluster.storage;

import dev.hearth.api.CacheScope;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.NameTaken;
import dev.hearth.cluster.ObjectDeletion;
import dev.hearth.cluster.OwnedObjectWriter;
import dev.hearth.core.buildcache.SnapshotDecider.Request;
import dev.hearth.core.buildcache.TakenSnapshot;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Preconditions;
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
 * SnapshotClient of cache volumes. Their API is no part of Kubernetes itself: where it is missing, or refuses, the answer
 * says so and nothing is thrown, since caches never fail a run.
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

    /** Why no snapshot of a class can be made; empty if nothing speaks against it. */
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
                            ? "storage.snapshotClassName of the CachePolicy names VolumeSnapshotClass " + className
                                    + ", which does not exist"
                            : "the cluster has no VolumeSnapshot API");
        } catch (KubernetesClientException e) {
            return Optional.of("cannot read VolumeSnapshotClass " + className + ": " + ApiRejection.message(e));
        }
    }

    /** The snapshots that a scope owns; empty if the API server does not say. */
    public Optional<List<TakenSnapshot>> ownedBy(CacheScope scope) {
        try {
            return Optional.of(client
                    .genericKubernetesResources(objects.snapshots())
                    .inNamespace(scope.getMetadata().getNamespace())
                    .withLabel(ObjectLabels.SCOPE, scope.getMetadata().getName())
                    .list()
                    .getItems()
                    .stream()
                    .filter(snapshot ->
                            OwnedObjectWriter.isOf(snapshot, scope.getMetadata().getUid()))
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

    public Optional<TakenSnapshot> find(String namespace, String name) {
        try {
            return Optional.ofNullable(named(namespace, name).get()).map(SnapshotObjects::read);
        } catch (KubernetesClientException e) {
            LOG.warnf("cannot read VolumeSnapshot %s: %s", name, e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Makes a snapshot; one of its name that the scope owns is as good.
     *
     * @return why it could not be made
     */
    public Optional<String> make(CacheScope scope, Request wish, String className, OwnerReference owner) {
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
            return found == null || OwnedObjectWriter.isOf(found, owner)
                    ? Optional.empty()
                    : Optional.of(String.valueOf(new NameTaken(found, owner).getMessage()));
        }
    }

    /** Deletes a snapshot that a scope owns; one that cannot be deleted is tried again some day. */
    public void delete(CacheScope scope, String name) {
        try {
            var found = named(scope.getMetadata().getNamespace(), name).get();
            if (found != null
                    && OwnedObjectWriter.isOf(found, scope.getMetadata().getUid())) {
                new ObjectDeletion(client)
                        .delete(
                                objects.path(found),
                                new Preconditions(null, found.getMetadata().getUid()));
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
