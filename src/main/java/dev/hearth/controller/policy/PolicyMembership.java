package dev.hearth.controller.policy;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.cluster.storage.PolicySelection;
import dev.hearth.controller.retention.EvictionCandidateReader;
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

/** Watches the scopes of all namespaces, and tells which policy each belongs to: exactly one, or none. */
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
                        .withOnUpdateFilter(PolicyMembership::matters)
                        .withNamespacesInheritedFromController()
                        .build(),
                context);
        // What is mapped depends on the caches of the moment: nothing asks for the secondaries of a policy.
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

    /** All but those that are being deleted. */
    List<CacheScope> all() {
        return scopes.list().filter(scope -> !scope.isMarkedForDeletion()).toList();
    }

    /** What claims of these scopes ask of storage, in KiB. */
    long provisioned(Collection<CacheScope> of) {
        var names = of.stream()
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

    /** A scope's status says much that no policy asks for. */
    private static boolean matters(CacheScope now, CacheScope before) {
        return now.unreadable().isPresent()
                || before.unreadable().isPresent()
                || !Objects.equals(now.getSpec().policy(), before.getSpec().policy())
                || !EvictionCandidateReader.of(now).equals(EvictionCandidateReader.of(before));
    }
}
