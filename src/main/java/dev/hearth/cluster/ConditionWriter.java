package dev.hearth.cluster;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.hearth.api.Condition;
import dev.hearth.api.HearthResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Writes only the conditions of an object. It is for objects that cannot be read in full, so that writing them back
 * would lose fields.
 */
@ApplicationScoped
public class ConditionWriter {
    private static final Logger LOG = Logger.getLogger(ConditionWriter.class);
    private static final int CLIENT_ERROR = 400;
    private static final int SERVER_ERROR = 500;

    private final KubernetesClient client;

    public ConditionWriter(KubernetesClient client) {
        this.client = client;
    }

    /** Writes the conditions. Only logs a warning if the API server rejects them or the object no longer exists. */
    public void write(HearthResource<?, ?> object, List<Condition> conditions) {
        var meta = object.getMetadata();
        var patch = JsonNodeFactory.instance.objectNode();
        patch.putObject("metadata").put("uid", meta.getUid());
        patch.putObject("status").putPOJO("conditions", conditions);
        var kinds = client.resources(object.getClass());
        var found = meta.getNamespace() == null
                ? kinds.withName(meta.getName())
                : kinds.inNamespace(meta.getNamespace()).withName(meta.getName());
        try {
            found.subresource("status")
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            client.getKubernetesSerialization().asJson(patch));
        } catch (KubernetesClientException e) {
            if (e.getCode() < CLIENT_ERROR || e.getCode() >= SERVER_ERROR) {
                throw e;
            }
            LOG.warnf(
                    "the status of %s %s/%s cannot be written: %s",
                    object.getKind(), meta.getNamespace(), meta.getName(), e.getMessage());
        }
    }
}
