package dev.hearth.cluster;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.RunApproval;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads, creates and deletes runs in the API server, for cases where the cache of a watch may be outdated or empty. */
@ApplicationScoped
public class PipelineRunClient {
    private static final String GROUP = "apis/" + HasMetadata.getApiVersion(PipelineRun.class);
    private static final String PLURAL = "/" + HasMetadata.getPlural(PipelineRun.class);

    private final KubernetesClient client;

    public PipelineRunClient(KubernetesClient client) {
        this.client = client;
    }

    /** Returns a run. Empty if it does not exist, or if Hearth does not watch its namespace and may not read it. */
    public Optional<PipelineRun> find(String namespace, String name) {
        try {
            return Optional.ofNullable(client.resources(PipelineRun.class)
                    .inNamespace(namespace)
                    .withName(name)
                    .get());
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * Creates a run if it does not exist.
     *
     * @return the run of this name: the created one, or one that exists. Empty if one exists for another pipeline, ref or
     *     commit
     */
    public Optional<PipelineRun> create(PipelineRun wanted) {
        try {
            return Optional.of(client.resource(wanted).create());
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            return find(
                            wanted.getMetadata().getNamespace(),
                            wanted.getMetadata().getName())
                    .filter(found -> isSame(found, wanted));
        }
    }

    /** Whether an existing run is the wanted one. A run that a user has created has no owner at first. */
    private static boolean isSame(PipelineRun found, PipelineRun wanted) {
        var owners = found.getMetadata().getOwnerReferences();
        return found.getSpec().pipeline().equals(wanted.getSpec().pipeline())
                && found.getSpec().ref().equals(wanted.getSpec().ref())
                && Objects.equals(found.getSpec().commit(), wanted.getSpec().commit())
                && found.getMetadata().getDeletionTimestamp() == null
                && (owners.isEmpty()
                        || OwnedObjectWriter.isOwnedBy(
                                found, wanted.getMetadata().getOwnerReferences().getFirst()));
    }

    /** Cancels a run. Does nothing to a later run of the same name, or to one that no longer exists. */
    public void cancel(PipelineRun run, String why) {
        cancel(run, why, Map.of());
    }

    /** Cancels a run, and sets annotations of it. */
    public void cancel(PipelineRun run, String why, Map<String, String> annotations) {
        patch(run, annotations, spec -> spec.put("cancel", true).put("cancelReason", why));
    }

    /** Approves a run, and sets annotations of it. Does nothing to a later run of the same name. */
    public void approve(PipelineRun run, RunApproval approval, Map<String, String> annotations) {
        patch(run, annotations, spec -> spec.putPOJO("approval", approval));
    }

    /** Sets annotations of a run. Does nothing to a later run of the same name, or to one that no longer exists. */
    public void annotate(PipelineRun run, Map<String, String> annotations) {
        patch(run, annotations, _ -> {});
    }

    private void patch(PipelineRun run, Map<String, String> annotations, Consumer<ObjectNode> change) {
        var meta = run.getMetadata();
        var patch = JsonNodeFactory.instance.objectNode();
        var metadata = patch.putObject("metadata").put("uid", meta.getUid());
        annotations.forEach(metadata.withObjectProperty("annotations")::put);
        change.accept(patch.putObject("spec"));
        try {
            client.resources(PipelineRun.class)
                    .inNamespace(meta.getNamespace())
                    .withName(meta.getName())
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            client.getKubernetesSerialization().asJson(patch));
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
        }
    }

    /** Deletes a run and the objects that it owns. Does not delete a later run of the same name. */
    public void delete(PipelineRun run) {
        new ObjectDeletion(client).delete(run);
    }

    /**
     * Returns the uids of all runs. Throws if the API server has not listed all of them.
     *
     * @param namespaces namespaces to list; all if empty
     */
    public Set<String> uids(Set<String> namespaces) {
        var lists = new ObjectLister(client);
        var paths = namespaces.isEmpty()
                ? Stream.of(GROUP + PLURAL)
                : namespaces.stream().map(namespace -> GROUP + "/namespaces/" + namespace + PLURAL);
        return paths.flatMap(path -> lists.metadata(path, "").stream())
                .map(run -> run.getMetadata().getUid())
                .collect(Collectors.toSet());
    }
}
