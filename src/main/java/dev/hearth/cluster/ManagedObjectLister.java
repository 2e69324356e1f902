package dev.hearth.cluster;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.core.plan.Names;
import dev.hearth.core.sweep.LiveOwners;
import dev.hearth.core.sweep.ManagedObject;
import dev.hearth.core.sweep.ManagedObjectBuilder;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Preconditions;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Lists Hearth's objects and their owners from the API server, not from the caches of watches. */
@ApplicationScoped
public class ManagedObjectLister {
    private static final String GROUP = "apis/" + HasMetadata.getApiVersion(Pipeline.class);

    private final KubernetesClient client;
    private final ObjectLister lists;

    public ManagedObjectLister(KubernetesClient client) {
        this.client = client;
        this.lists = new ObjectLister(client);
    }

    /**
     * Returns Hearth's objects of a kind. Empty for a kind that the cluster does not have.
     *
     * @param namespaces namespaces to list; all if empty
     */
    public List<ManagedObject> list(ManagedObject.Kind kind, Set<String> namespaces) {
        var type = Type.of(kind);
        // Runs that users create have no managed-by label. They get the pipeline's label when the pipeline adopts them.
        var selector = kind == ManagedObject.Kind.PipelineRun ? ObjectLabels.PIPELINE : ObjectLabels.SELECTOR;
        try {
            return type.paths(namespaces)
                    .flatMap(path -> lists.metadata(path, selector).stream())
                    .map(GenericKubernetesResource::getMetadata)
                    .filter(ManagedObjectLister::isManaged)
                    .map(metadata -> managed(kind, metadata))
                    .toList();
        } catch (KubernetesClientException e) {
            if (kind == ManagedObject.Kind.VolumeSnapshot && e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return List.of();
            }
            throw e;
        }
    }

    /** Returns all objects that can own others. To be called after the owned objects have been listed. */
    public LiveOwners liveOwners(Set<String> namespaces) {
        var scopes = Type.of(ManagedObject.Kind.CacheScope)
                .paths(namespaces)
                .flatMap(path -> lists.objects(path).stream())
                .map(ManagedObjectLister::scope)
                .toList();
        var runs = metadata(Type.of(ManagedObject.Kind.PipelineRun), namespaces);
        var pipelines = metadata(new Type(GROUP, HasMetadata.getPlural(Pipeline.class)), namespaces);
        var uids = Stream.of(runs, pipelines)
                .flatMap(List::stream)
                .map(ObjectMeta::getUid)
                .collect(Collectors.toCollection(HashSet::new));
        scopes.forEach(scope -> uids.add(scope.uid()));
        return new LiveOwners(
                uids,
                pipelines.stream()
                        .map(pipeline -> pipeline.getNamespace() + "/" + pipeline.getName())
                        .collect(Collectors.toSet()),
                scopes);
    }

    /** Whether an owner exists now. */
    public boolean exists(String namespace, ManagedObject.Owner owner) {
        return switch (owner.kind()) {
            case "Pipeline" -> exists(Pipeline.class, namespace, owner);
            case "PipelineRun" -> exists(PipelineRun.class, namespace, owner);
            case "CacheScope" -> exists(CacheScope.class, namespace, owner);
            default -> true; // Hearth does not know other kinds
        };
    }

    /**
     * Deletes an object and the objects that it owns, unless it has changed since it was listed.
     *
     * @return whether the object was deleted
     */
    public boolean delete(ManagedObject object) {
        var path = Type.of(object.kind()).path(object.namespace()) + "/" + object.name();
        return new ObjectDeletion(client).delete(path, new Preconditions(object.version(), object.uid()));
    }

    /** Returns a reference to an object, for events. */
    public static HasMetadata reference(ManagedObject object) {
        return new GenericKubernetesResourceBuilder()
                .withApiVersion(Type.of(object.kind()).api().replaceFirst("^apis?/", ""))
                .withKind(object.kind().name())
                .withNewMetadata()
                .withNamespace(object.namespace())
                .withName(object.name())
                .withUid(object.uid())
                .endMetadata()
                .build();
    }

    private <R extends CustomResource<?, ?>> boolean exists(
            Class<R> kind, String namespace, ManagedObject.Owner owner) {
        var found = client.resources(kind)
                .inNamespace(namespace)
                .withName(owner.name())
                .get();
        return found != null && found.getMetadata().getUid().equals(owner.uid());
    }

    private List<ObjectMeta> metadata(Type type, Set<String> namespaces) {
        return type.paths(namespaces)
                .flatMap(path -> lists.metadata(path, "").stream())
                .map(GenericKubernetesResource::getMetadata)
                .toList();
    }

    private static boolean isManaged(ObjectMeta metadata) {
        return metadata.getLabels().containsKey(ObjectLabels.PIPELINE) || Names.isReserved(metadata.getName());
    }

    private static ManagedObject managed(ManagedObject.Kind kind, ObjectMeta metadata) {
        return ManagedObjectBuilder.builder()
                .kind(kind)
                .namespace(metadata.getNamespace())
                .name(metadata.getName())
                .uid(metadata.getUid())
                .version(metadata.getResourceVersion())
                .pipeline(metadata.getLabels().getOrDefault(ObjectLabels.PIPELINE, ""))
                .owners(metadata.getOwnerReferences().stream()
                        .map(owner -> new ManagedObject.Owner(owner.getKind(), owner.getName(), owner.getUid()))
                        .toList())
                .deleting(metadata.getDeletionTimestamp() != null)
                .build();
    }

    static LiveOwners.Scope scope(GenericKubernetesResource scope) {
        var statusTexts = new HashSet<String>();
        collectTexts(scope.getAdditionalProperties().get("status"), statusTexts);
        List<Map<String, Object>> volumes = Optional.<List<Map<String, Object>>>ofNullable(
                        scope.get("status", "volumes"))
                .orElse(List.of());
        return new LiveOwners.Scope(
                scope.getMetadata().getNamespace(),
                scope.getMetadata().getUid(),
                statusTexts,
                !volumes.isEmpty() && volumes.stream().allMatch(volume -> volume.get("lastUse") != null));
    }

    private static void collectTexts(@Nullable Object value, Set<String> texts) {
        switch (value) {
            case Map<?, ?> map -> map.values().forEach(it -> collectTexts(it, texts));
            case Collection<?> list -> list.forEach(it -> collectTexts(it, texts));
            case String text -> texts.add(text);
            case null, default -> {}
        }
    }

    /** The API path of a kind. */
    private record Type(String api, String plural) {
        static Type of(ManagedObject.Kind kind) {
            return switch (kind) {
                case Pod -> new Type("api/v1", "pods");
                case PersistentVolumeClaim -> new Type("api/v1", "persistentvolumeclaims");
                case ConfigMap -> new Type("api/v1", "configmaps");
                case NetworkPolicy -> new Type("apis/networking.k8s.io/v1", "networkpolicies");
                case VolumeSnapshot -> new Type("apis/snapshot.storage.k8s.io/v1", "volumesnapshots");
                case CacheScope -> new Type(GROUP, HasMetadata.getPlural(CacheScope.class));
                case PipelineRun -> new Type(GROUP, HasMetadata.getPlural(PipelineRun.class));
            };
        }

        Stream<String> paths(Set<String> namespaces) {
            return namespaces.isEmpty()
                    ? Stream.of(api + "/" + plural)
                    : namespaces.stream().map(this::path);
        }

        String path(String namespace) {
            return api + "/namespaces/" + namespace + "/" + plural;
        }
    }
}
