package dev.hearth.cluster.storage;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.core.buildcache.StorageChoice;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Chooses the StorageClass and size of volumes by the cluster's policies and StorageClasses. */
@ApplicationScoped
public class StorageResolver {
    private static final String DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";

    private final KubernetesClient client;

    public StorageResolver(KubernetesClient client) {
        this.client = client;
    }

    /** The storage of a pipeline, or the reason why there is none. */
    public sealed interface Selection {
        record Chosen(StorageChoice storage, CachePolicySpec policy) implements Selection {}

        record Missing(StatusReason why) implements Selection {}

        /** Returns the policy of the pipeline. Empty if no storage is chosen. */
        default Optional<CachePolicySpec> policySpec() {
            return this instanceof Chosen chosen ? Optional.of(chosen.policy()) : Optional.empty();
        }
    }

    /**
     * Chooses storage by the named policy, or else by the default policy, or else by the cluster's default
     * StorageClass.
     *
     * @param policy name of a CachePolicy; null for the default policy
     * @param namespace namespace of the pipeline
     */
    public Selection choose(@Nullable String policy, String namespace, Trust trust) {
        var found = followed(policy);
        if (policy != null && found.isEmpty()) {
            return new Selection.Missing(new StatusReason(
                    Reason.PolicyNotFound, "spec.cache.policy names CachePolicy " + policy + ", which does not exist"));
        }
        return found.flatMap(it -> unreadable(it).or(() -> obstacle(it, namespace)))
                .<Selection>map(Selection.Missing::new)
                .orElseGet(() -> choose(found.map(CachePolicy::getSpec).orElse(CachePolicySpec.DEFAULT), trust));
    }

    /** The policy that pipelines of a namespace follow. */
    public sealed interface Followed {
        /** The policy's spec; empty if there is no policy or the namespace may not use it. */
        record Policy(Optional<CachePolicySpec> spec) implements Followed {}

        /** A policy with fields that cannot be read. */
        record Unreadable(StatusReason why) implements Followed {}
    }

    /** Returns the named policy, or else the default policy. */
    public Followed policy(@Nullable String policy, String namespace) {
        var found = followed(policy);
        return found.flatMap(StorageResolver::unreadable)
                .<Followed>map(Followed.Unreadable::new)
                .orElseGet(() -> new Followed.Policy(
                        found.filter(it -> obstacle(it, namespace).isEmpty()).map(CachePolicy::getSpec)));
    }

    private static Optional<StatusReason> unreadable(CachePolicy policy) {
        return policy.unreadable()
                .map(fields -> new StatusReason(
                        Reason.PolicyUnreadable,
                        "CachePolicy " + policy.getMetadata().getName() + " cannot be read: " + fields));
    }

    private Optional<CachePolicy> followed(@Nullable String policy) {
        return policy == null ? defaultPolicy() : find(policy);
    }

    /** Whether there is a default policy, which pipelines follow that name none. */
    public boolean hasDefaultPolicy() {
        return defaultPolicy().isPresent();
    }

    /** Returns why a namespace may not use a policy. The API server evaluates the label selector. Empty if it may. */
    private Optional<StatusReason> obstacle(CachePolicy policy, String namespace) {
        var selector = policy.getSpec().allowedNamespaces();
        if (selector == null) {
            return Optional.empty();
        }
        var allowed = client.namespaces()
                .withLabelSelector(new LabelSelectorBuilder()
                        .withMatchLabels(selector.matchLabels())
                        .withMatchExpressions(selector.matchExpressions().stream()
                                .map(it -> new LabelSelectorRequirement(
                                        it.key(), it.operator().name(), it.values()))
                                .toList())
                        .build())
                .withField("metadata.name", namespace)
                .list()
                .getItems();
        return allowed.isEmpty()
                ? Optional.of(new StatusReason(
                        Reason.PolicyNotAllowed,
                        "CachePolicy " + policy.getMetadata().getName() + " is not for namespace " + namespace
                                + ", by its spec.allowedNamespaces: label the namespace so that the selector matches, or"
                                + " name another policy in spec.cache.policy"))
                : Optional.empty();
    }

    /** Chooses storage by a policy, if the cluster has its StorageClass. */
    public Selection choose(CachePolicySpec policy, Trust trust) {
        var storage = policy.storage();
        var className = Optional.ofNullable(storage.className());
        if (className.isPresent() && !exists(className.get())) {
            return new Selection.Missing(new StatusReason(
                    Reason.StorageClassNotFound,
                    "spec.storage.className of the CachePolicy names StorageClass " + className.get()
                            + ", which does not exist"));
        }
        if (className.isEmpty() && !hasDefaultClass()) {
            return new Selection.Missing(new StatusReason(
                    Reason.StorageClassNotFound,
                    "the cluster has no default StorageClass: mark one as default, or name one in"
                            + " spec.storage.className of a CachePolicy"));
        }
        return new Selection.Chosen(new StorageChoice(className, policy.size(trust)), policy);
    }

    /** Whether volumes of a StorageClass can be expanded. */
    public boolean isExpandable(@Nullable String className) {
        var found = className == null
                ? null
                : client.storage().v1().storageClasses().withName(className).get();
        return found != null && Boolean.TRUE.equals(found.getAllowVolumeExpansion());
    }

    private Optional<CachePolicy> find(String name) {
        return Optional.ofNullable(
                client.resources(CachePolicy.class).withName(name).get());
    }

    private Optional<CachePolicy> defaultPolicy() {
        return PolicySelection.byDefault(client.resources(CachePolicy.class).list().getItems().stream());
    }

    private boolean exists(String className) {
        return client.storage().v1().storageClasses().withName(className).get() != null;
    }

    private boolean hasDefaultClass() {
        return client.storage().v1().storageClasses().list().getItems().stream().anyMatch(StorageResolver::isDefault);
    }

    private static boolean isDefault(StorageClass storageClass) {
        var annotations = storageClass.getMetadata().getAnnotations();
        return annotations != null && "true".equals(annotations.get(DEFAULT_CLASS));
    }
}
