package dev.hearth.testbed;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.api.Trust;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.plan.Names;
import dev.hearth.core.ref.SourceUrl;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Scopes as runs would have left them, without the runs: the test writes into their status what a run's daemon reports.
 * Whatever follows from it, such as their claims, the operator does itself.
 *
 * @param operator a client that may do what the operator may
 */
public record FakeScopes(TestNamespace work, Pipeline pipeline, KubernetesClient operator) {
    /** A scope that a run has just used, once the operator has made its claim. */
    public CacheScope used(String ref, Trust trust, String size) {
        var created = create(ref, trust);
        return work.until("the claim of " + ref, () -> {
            var scope = Optional.ofNullable(work.client().resource(created).get());
            var status = scope.map(CacheScope::getStatus);
            if (status.isEmpty() || status.get().observedGeneration() == null) {
                return Optional.empty(); // the operator's first look would undo what is written before it
            }
            if (status.get().volumes().stream().noneMatch(volume -> volume.lastUse() != null)) {
                report(created, ref, trust, size);
                return Optional.empty();
            }
            return scope.filter(_ -> claims().contains(claim(created)));
        });
    }

    public List<String> claims() {
        return work.client().persistentVolumeClaims().inNamespace(work.namespace()).list().getItems().stream()
                .filter(claim -> claim.getMetadata().getDeletionTimestamp() == null)
                .map(claim -> claim.getMetadata().getName())
                .filter(name ->
                        name.startsWith("hearth-" + pipeline.getMetadata().getName() + "-"))
                .toList();
    }

    public static String claim(CacheScope scope) {
        return "hearth-" + scope.getMetadata().getName() + "-linux-amd64";
    }

    private CacheScope create(String ref, Trust trust) {
        var name = pipeline.getMetadata().getName();
        var source = SourceUrl.identity(pipeline.getSpec().source().url());
        var scope =
                Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: CacheScope
                spec: {pipeline: %s, ref: %s, source: "%s", trust: %s, policy: %s}
                """.formatted(name, ref, source, trust, work.namespace()), CacheScope.class);
        scope.setMetadata(new ObjectMetaBuilder()
                .withNamespace(work.namespace())
                .withName(Names.scope(name, source, ref, trust))
                .withLabels(ObjectLabels.of(name))
                .withOwnerReferences(OwnerReferences.controller(pipeline))
                .build());
        return operator.resource(scope).create();
    }

    private void report(CacheScope scope, String ref, Trust trust, String size) {
        var now = Instant.now();
        var generations = trust == Trust.Trusted ? """
                  - {number: 1, state: Sealed, run: played, commit: c, added: %s, size: %s, at: "%s", exported: false, buildkit: b}
                """.formatted(size, size, now) : "";
        operator.resources(CacheScope.class)
                .inNamespace(work.namespace())
                .withName(scope.getMetadata().getName())
                .subresource("status")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        Serialization.asJson(Serialization.unmarshal(
                                """
                        status:
                          used: %s
                          lastUsed: "%s"
                          lastRun: %s
                          volumes:
                          - platform: linux/amd64
                            claim: %s
                            seed: {mode: Cold, message: played, run: played, needs: []}
                            lastUse: {run: played, at: "%s", commit: c, succeeded: true, used: %s}
                            generations: [%s]
                        """.formatted(
                                        size,
                                        now,
                                        "played-" + ref.toLowerCase(Locale.ROOT).replace('/', '-'),
                                        claim(scope),
                                        now,
                                        size,
                                        generations.strip().replaceFirst("^- ", "")),
                                Map.class)));
        // A platform is what a run adds to a scope, and what makes the operator look again.
        operator.resources(CacheScope.class)
                .inNamespace(work.namespace())
                .withName(scope.getMetadata().getName())
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"platforms\":[\"linux/amd64\"]}}");
    }
}
