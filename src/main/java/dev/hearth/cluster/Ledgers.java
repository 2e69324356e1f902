package dev.hearth.cluster;

import dev.hearth.core.plan.Names;
import dev.hearth.core.trigger.RefLedger;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps a pipeline's {@link RefLedger} in a ConfigMap: too large for a status on a repository with thousands of pull
 * requests, and nobody else's business.
 */
@ApplicationScoped
public class Ledgers {
    private static final String KEY = "refs";

    private final KubernetesClient client;

    public Ledgers(KubernetesClient client) {
        this.client = client;
    }

    /** Empty before the first look. A ledger of an earlier pipeline of the same name does not count. */
    public Optional<RefLedger> read(String namespace, String pipeline, String pipelineUid) {
        return Optional.ofNullable(client.configMaps()
                        .inNamespace(namespace)
                        .withName(Names.ledger(pipeline))
                        .get())
                .filter(map -> isOwnedBy(map, pipelineUid))
                .map(map -> RefLedger.parse(map.getData().getOrDefault(KEY, "")));
    }

    public void write(
            String namespace, String pipeline, RefLedger ledger, OwnerReference owner, Map<String, String> labels) {
        client.configMaps()
                .resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName(Names.ledger(pipeline))
                        .withLabels(labels)
                        .withOwnerReferences(owner)
                        .endMetadata()
                        .withData(Map.of(KEY, ledger.format()))
                        .build())
                .forceConflicts()
                .serverSideApply();
    }

    private static boolean isOwnedBy(ConfigMap map, String uid) {
        return map.getMetadata().getOwnerReferences().stream()
                .anyMatch(owner -> owner.getUid().equals(uid));
    }
}
