package dev.hearth.cluster.storage;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.core.buildcache.StorageChoice;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the StorageClass and size of volumes by the cluster's policies and StorageClasses, as the watches show them. A
 * watch may be late. So before storage is said to be missing, and before something is lost by an answer, the API server is
 * asked.
 */
@ApplicationScoped
public class StorageResolver {
    private final StorageSource watched;
    private final StorageSource live;

    @Inject
    public StorageResolver(WatchedStorage watched, KubernetesClient client) {
        this(watched, new LiveStorage(client));
    }

    /** Takes all answers from one source. */
    public StorageResolver(StorageSource source) {
        this(source, source);
    }

    StorageResolver(StorageSource watched, StorageSource live) {
        this.watched = watched;
        this.live = live;
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
        return choose(source -> choose(source, policy, namespace, trust));
    }

    /** Chooses storage by a policy, if the cluster has its StorageClass. */
    public Selection choose(CachePolicySpec policy, Trust trust) {
        return choose(source -> choose(source, policy, trust));
    }

    private Selection choose(Function<StorageSource, Selection> choice) {
        var selection = choice.apply(watched);
        return selection instanceof Selection.Missing ? choice.apply(live) : selection;
    }

    private static Selection choose(StorageSource source, @Nullable String policy, String namespace, Trust trust) {
        var found = followed(source, policy);
        if (policy != null && found.isEmpty()) {
            return new Selection.Missing(new StatusReason(
                    Reason.PolicyNotFound, "spec.cache.policy names CachePolicy " + policy + ", which does not exist"));
        }
        return found.flatMap(it -> unreadable(it).or(() -> obstacle(source, it, namespace)))
                .<Selection>map(Selection.Missing::new)
                .orElseGet(
                        () -> choose(source, found.map(CachePolicy::getSpec).orElse(CachePolicySpec.DEFAULT), trust));
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
        return policy(watched, policy, namespace);
    }

    /** Does the same by what the API server has now. */
    public Followed policyNow(@Nullable String policy, String namespace) {
        return policy(live, policy, namespace);
    }

    private static Followed policy(StorageSource source, @Nullable String policy, String namespace) {
        var found = followed(source, policy);
        return found.flatMap(StorageResolver::unreadable)
                .<Followed>map(Followed.Unreadable::new)
                .orElseGet(() -> new Followed.Policy(
                        found.filter(it -> obstacle(source, it, namespace).isEmpty())
                                .map(CachePolicy::getSpec)));
    }

    private static Optional<StatusReason> unreadable(CachePolicy policy) {
        return policy.unreadable()
                .map(fields -> new StatusReason(
                        Reason.PolicyUnreadable,
                        "CachePolicy " + policy.getMetadata().getName() + " cannot be read: " + fields));
    }

    private static Optional<CachePolicy> followed(StorageSource source, @Nullable String policy) {
        return policy == null ? source.defaultPolicy() : source.policy(policy);
    }

    /** Whether the API server has a default policy now, which pipelines follow that name none. */
    public boolean hasDefaultPolicy() {
        return live.defaultPolicy().isPresent();
    }

    /** Returns why a namespace may not use a policy. Empty if it may. */
    private static Optional<StatusReason> obstacle(StorageSource source, CachePolicy policy, String namespace) {
        var selector = policy.getSpec().allowedNamespaces();
        return selector == null || source.matches(selector, namespace)
                ? Optional.empty()
                : Optional.of(new StatusReason(
                        Reason.PolicyNotAllowed,
                        "CachePolicy " + policy.getMetadata().getName() + " is not for namespace " + namespace
                                + ", by its spec.allowedNamespaces: label the namespace so that the selector matches, or"
                                + " name another policy in spec.cache.policy"));
    }

    private static Selection choose(StorageSource source, CachePolicySpec policy, Trust trust) {
        var storage = policy.storage();
        var className = Optional.ofNullable(storage.className());
        if (className.isPresent() && source.storageClass(className.get()).isEmpty()) {
            return new Selection.Missing(new StatusReason(
                    Reason.StorageClassNotFound,
                    "spec.storage.className of the CachePolicy names StorageClass " + className.get()
                            + ", which does not exist"));
        }
        if (className.isEmpty() && !source.hasDefaultClass()) {
            return new Selection.Missing(new StatusReason(
                    Reason.StorageClassNotFound,
                    "the cluster has no default StorageClass: mark one as default, or name one in"
                            + " spec.storage.className of a CachePolicy"));
        }
        return new Selection.Chosen(new StorageChoice(className, policy.size(trust)), policy);
    }

    /** Whether volumes of a StorageClass can be expanded. */
    public boolean isExpandable(@Nullable String className) {
        return className != null && (isExpandable(watched, className) || isExpandable(live, className));
    }

    private static boolean isExpandable(StorageSource source, String className) {
        return source.storageClass(className)
                .filter(found -> Boolean.TRUE.equals(found.getAllowVolumeExpansion()))
                .isPresent();
    }
}
