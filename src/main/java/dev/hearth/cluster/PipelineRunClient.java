package dev.hearth.cluster;

import dev.hearth.api.PipelineRun;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Looks at runs in the API server itself, where a watch's view could be old, or empty. */
@ApplicationScoped
public class PipelineRunClient {
    private static final String GROUP = "apis/" + HasMetadata.getApiVersion(PipelineRun.class);
    private static final String PLURAL = "/" + HasMetadata.getPlural(PipelineRun.class);

    private final KubernetesClient client;

    public PipelineRunClient(KubernetesClient client) {
        this.client = client;
    }

    /** Empty, too, in a namespace that is not watched, where Hearth may read nothing. */
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
     * Makes a run.
     *
     * @return whether there is one of its pipeline for the same ref and commit; not if its name is another's
     */
    public boolean make(PipelineRun wanted) {
        try {
            client.resource(wanted).create();
            return true;
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            return find(
                            wanted.getMetadata().getNamespace(),
                            wanted.getMetadata().getName())
                    .filter(found -> isSame(found, wanted))
                    .isPresent();
        }
    }

    /** A run that a user has just created has no owner yet. */
    private static boolean isSame(PipelineRun found, PipelineRun wanted) {
        var owners = found.getMetadata().getOwnerReferences();
        return found.getSpec().pipeline().equals(wanted.getSpec().pipeline())
                && found.getSpec().ref().equals(wanted.getSpec().ref())
                && Objects.equals(found.getSpec().commit(), wanted.getSpec().commit())
                && found.getMetadata().getDeletionTimestamp() == null
                && (owners.isEmpty()
                        || OwnedObjectWriter.isOf(
                                found, wanted.getMetadata().getOwnerReferences().getFirst()));
    }

    /** Deletes a run as it is, not a later one of its name; what it owns goes with it. */
    public void delete(PipelineRun run) {
        new ObjectDeletion(client).delete(run);
    }

    /**
     * Which runs there are, by their uid. Throws unless the API server has told of every one.
     *
     * @param namespaces to look at; all of them if empty
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
