package dev.hearth.controller.policy;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.cluster.storage.PolicySelection;
import dev.hearth.core.retention.EvictionCandidate;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Watches the scopes of all namespaces and assigns each to the one policy that it follows, if any. */
final class PolicyMembership {
    private final InformerEventSource<CacheScope, CachePolicy> scopes;
    private final InformerEventSource<PersistentVolumeClaim, CachePolicy> claims;

    PolicyMembership(EventSourceContext<CachePolicy> context) {
        var policies = context.getPrimaryCache();
        this.scopes = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(CacheScope.class, CachePolicy.class)
                        .withSecondaryToPrimaryMapper(scope -> PolicySelection.of(scope, policies.list())
                                .map(ResourceID::new)
                                .map(Set::of)
                                .orElse(Set.of()))
                        .withOnUpdateFilter(PolicyMembership::concernsPolicy)
                        .withNamespacesInheritedFromController()
                        .build(),
                context);
        // The mapping depends on the present scopes and policies, so the secondary resources of a policy are never
        // read.
        this.claims = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(PersistentVolumeClaim.class, CachePolicy.class)
                        .withLabelSelector(ObjectLabels.SELECTOR + "," + ObjectLabels.SCOPE)
                        .withSecondaryToPrimaryMapper(claim -> scopeOf(claim)
                                .flatMap(scope -> PolicySelection.of(scope, policies.list()))
                                .map(ResourceID::new)
                                .map(Set::of)
                                .orElse(Set.of()))
                        .withNamespacesInheritedFromController()
                        .build(),
                context);
    }

    private Optional<CacheScope> scopeOf(PersistentVolumeClaim claim) {
        return scopes.get(new ResourceID(
                claim.getMetadata().getLabels().getOrDefault(ObjectLabels.SCOPE, ""),
                claim.getMetadata().getNamespace()));
    }

    List<EventSource<?, CachePolicy>> sources() {
        return List.of(scopes, claims);
    }

    /** Returns all scopes that are not being deleted. */
    List<CacheScope> all() {
        return scopes.list().filter(scope -> !scope.isMarkedForDeletion()).toList();
    }

    /** Returns the storage that claims of these scopes request, in KiB. */
    long provisioned(Collection<CacheScope> members) {
        var names = members.stream()
                .map(scope -> scope.getMetadata().getNamespace() + "/"
                        + scope.getMetadata().getName())
                .collect(Collectors.toSet());
        return claims.list()
                .filter(claim -> names.contains(claim.getMetadata().getNamespace() + "/"
                        + claim.getMetadata().getLabels().get(ObjectLabels.SCOPE)))
                .map(claim -> claim.getSpec().getResources().getRequests().get("storage"))
                .filter(Objects::nonNull)
                .mapToLong(size -> Quantity.getAmountInBytes(size).longValue() >> 10)
                .sum();
    }

    /** Whether a change of a scope concerns its policy: most of a scope's status does not. */
    private static boolean concernsPolicy(CacheScope now, CacheScope before) {
        return now.unreadable().isPresent()
                || before.unreadable().isPresent()
                || !Objects.equals(now.getSpec().policy(), before.getSpec().policy())
                || !EvictionCandidate.of(now).equals(EvictionCandidate.of(before));
    }
}
