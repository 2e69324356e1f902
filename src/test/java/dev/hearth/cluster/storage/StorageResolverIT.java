package dev.hearth.cluster.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.core.status.StatusReason;
import dev.hearth.testbed.HearthDeployment;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

/** Storage by what watches show of policies and namespaces, with the rights of the operator. */
class StorageResolverIT {

    @Test
    void policyIsForTheNamespacesThatItAllows() {
        var cluster = HearthDeployment.shared();
        try (var operator = HearthDeployment.operator(cluster);
                var namespace = cluster.namespace("allowed")) {
            var name = namespace.name();
            var watched = new WatchedStorage(operator);
            var storage = new StorageResolver(watched);
            var policy = cluster.client()
                    .resource(Serialization.unmarshal("""
                            apiVersion: hearth.dev/v1alpha1
                            kind: CachePolicy
                            metadata: {name: %1$s}
                            spec:
                              storage: {size: 2Gi}
                              retention: {untrusted: {size: 1Gi}}
                              allowedNamespaces:
                                matchLabels: {ci: "true"}
                                matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [%1$s]}]
                            """.formatted(name), CachePolicy.class))
                    .create();
            try {
                await().until(watched::isConnected);
                await().until(() -> watched.policy(name).isPresent());
                assertThat(storage.choose(name, name, Trust.Trusted))
                        .isInstanceOfSatisfying(
                                StorageResolver.Selection.Missing.class,
                                missing -> assertThat(missing.why())
                                        .returns(Reason.PolicyNotAllowed, it -> it.reason())
                                        .extracting(StatusReason::message)
                                        .asString()
                                        .contains(
                                                "CachePolicy " + name, "namespace " + name, "spec.allowedNamespaces"));

                cluster.client()
                        .namespaces()
                        .withName(name)
                        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"labels\":{\"ci\":\"true\"}}}");

                await().untilAsserted(() ->
                        assertThat(size(storage, name, Trust.Trusted)).isEqualTo("2Gi"));
                assertThat(size(storage, name, Trust.Untrusted)).isEqualTo("1Gi");
            } finally {
                cluster.client().resource(policy).delete();
                watched.close();
            }
        }
    }

    private static String size(StorageResolver storage, String name, Trust trust) {
        return storage.choose(name, name, trust) instanceof StorageResolver.Selection.Chosen chosen
                ? chosen.storage().size()
                : "none";
    }
}
