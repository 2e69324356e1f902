package dev.hearth.cluster;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.core.plan.Names;
import dev.hearth.core.sweep.LiveOwners;
import dev.hearth.core.sweep.ManagedObject;
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

/** Everything that Hearth has made, and whom it belongs to, as the API server itself has it. */
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
     * What there is of a kind; nothing of one that the cluster does not have.
     *
     * @param namespaces to look at; all of them if empty
     */
    public List<ManagedObject> list(ManagedObject.Kind kind, Set<String> namespaces) {
        var type = Type.of(kind);
        // People's own runs have no label that says who manages them, and get their pipeline's when it adopts them.
        var selector = kind == ManagedObject.Kind.PipelineRun ? ObjectLabels.PIPELINE : ObjectLabels.SELECTOR;
        try {
            return type.paths(namespaces)
                    .flatMap(path -> lists.metadata(path, selector).stream())
                    .map(GenericKubernetesResource::getMetadata)
                    .filter(ManagedObjectLister::isHearths)
                    .map(metadata -> made(kind, metadata))
                    .toList();
        } catch (KubernetesClientException e) {
            if (kind == ManagedObject.Kind.VolumeSnapshot && e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return List.of();
            }
            throw e;
        }
    }

    /** What may own something. Asked for when everything else has been listed. */
    public LiveOwners living(Set<String> namespaces) {
        var scopes = Type.of(ManagedObject.Kind.CacheScope)
                .paths(namespaces)
                .flatMap(path -> lists.whole(path).stream())
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

    /** Whether an owner is there at this moment. */
    public boolean exists(String namespace, ManagedObject.Owner owner) {
        return switch (owner.kind()) {
            case "Pipeline" -> isThere(Pipeline.class, namespace, owner);
            case "PipelineRun" -> isThere(PipelineRun.class, namespace, owner);
            case "CacheScope" -> isThere(CacheScope.class, namespace, owner);
            default -> true; // of others nothing is known
        };
    }

    /**
     * Deletes an object as it was seen, with what it owns.
     *
     * @return whether it did; not if it is another by now, or has changed
     */
    public boolean delete(ManagedObject made) {
        var path = Type.of(made.kind()).path(made.namespace()) + "/" + made.name();
        return new ObjectDeletion(client).delete(path, new Preconditions(made.version(), made.uid()));
    }

    /** An object to tell an event of. */
    public static HasMetadata reference(ManagedObject made) {
        return new GenericKubernetesResourceBuilder()
                .withApiVersion(Type.of(made.kind()).api().replaceFirst("^apis?/", ""))
                .withKind(made.kind().name())
                .withNewMetadata()
                .withNamespace(made.namespace())
                .withName(made.name())
                .withUid(made.uid())
                .endMetadata()
                .build();
    }

    private <R extends CustomResource<?, ?>> boolean isThere(
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

    private static boolean isHearths(ObjectMeta metadata) {
        return metadata.getLabels().containsKey(ObjectLabels.PIPELINE) || Names.isReserved(metadata.getName());
    }

    private static ManagedObject made(ManagedObject.Kind kind, ObjectMeta metadata) {
        return new ManagedObject(
                kind,
                metadata.getNamespace(),
                metadata.getName(),
                metadata.getUid(),
                metadata.getResourceVersion(),
                metadata.getLabels().getOrDefault(ObjectLabels.PIPELINE, ""),
                metadata.getOwnerReferences().stream()
                        .map(owner -> new ManagedObject.Owner(owner.getKind(), owner.getName(), owner.getUid()))
                        .toList(),
                metadata.getDeletionTimestamp() != null);
    }

    static LiveOwners.Scope scope(GenericKubernetesResource scope) {
        var words = new HashSet<String>();
        collect(scope.getAdditionalProperties().get("status"), words);
        List<Map<String, Object>> volumes = Optional.<List<Map<String, Object>>>ofNullable(
                        scope.get("status", "volumes"))
                .orElse(List.of());
        return new LiveOwners.Scope(
                scope.getMetadata().getNamespace(),
                scope.getMetadata().getUid(),
                words,
                !volumes.isEmpty() && volumes.stream().allMatch(volume -> volume.get("lastUse") != null));
    }

    private static void collect(@Nullable Object value, Set<String> words) {
        switch (value) {
            case Map<?, ?> map -> map.values().forEach(it -> collect(it, words));
            case Collection<?> list -> list.forEach(it -> collect(it, words));
            case String text -> words.add(text);
            case null, default -> {}
        }
    }

    /** Where the API server has a kind. */
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
