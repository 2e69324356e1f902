package dev.hearth.cluster;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicySpec;
import dev.hearth.core.cache.StorageChoice;
import dev.hearth.core.diagnosis.Finding;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Chooses class and size of a volume from the cluster's cache policies and storage classes. */
@ApplicationScoped
public class Storage {
    private static final String DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";

    private final KubernetesClient client;

    public Storage(KubernetesClient client) {
        this.client = client;
    }

    /** What a pipeline gets, or why it gets nothing. */
    public sealed interface Choice {
        record Chosen(StorageChoice storage, CachePolicySpec policy) implements Choice {}

        record Missing(Finding why) implements Choice {}
    }

    /**
     * Follows the policy that is named, else the default one, else the cluster's default class.
     *
     * @param policy name of a CachePolicy
     */
    public Choice choose(@Nullable String policy) {
        if (policy != null && find(policy).isEmpty()) {
            return new Choice.Missing(new Finding(
                    "PolicyNotFound", "spec.cache.policy names CachePolicy " + policy + ", which does not exist"));
        }
        return choose((policy == null ? defaultPolicy() : find(policy))
                .map(CachePolicy::getSpec)
                .orElse(CachePolicySpec.DEFAULT));
    }

    /** Whether the cluster has what a policy asks for. */
    public Choice choose(CachePolicySpec policy) {
        var storage = policy.storage();
        var className = Optional.ofNullable(storage.className());
        if (className.isPresent() && !exists(className.get())) {
            return new Choice.Missing(new Finding(
                    "StorageClassNotFound",
                    "spec.storage.className of the CachePolicy names StorageClass " + className.get()
                            + ", which does not exist"));
        }
        if (className.isEmpty() && !hasDefaultClass()) {
            return new Choice.Missing(new Finding(
                    "StorageClassNotFound",
                    "the cluster has no default StorageClass: mark one as default, or name one in"
                            + " spec.storage.className of a CachePolicy"));
        }
        return new Choice.Chosen(new StorageChoice(className, storage.size()), policy);
    }

    private Optional<CachePolicy> find(String name) {
        return Optional.ofNullable(
                client.resources(CachePolicy.class).withName(name).get());
    }

    /** Of several that say they are the default, the newest, as with storage classes. */
    private Optional<CachePolicy> defaultPolicy() {
        return client.resources(CachePolicy.class).list().getItems().stream()
                .filter(policy -> policy.getSpec().isDefault())
                .max(Comparator.comparing(policy -> policy.getMetadata().getCreationTimestamp()));
    }

    private boolean exists(String className) {
        return client.storage().v1().storageClasses().withName(className).get() != null;
    }

    private boolean hasDefaultClass() {
        return client.storage().v1().storageClasses().list().getItems().stream().anyMatch(Storage::isDefault);
    }

    private static boolean isDefault(StorageClass storageClass) {
        var annotations = storageClass.getMetadata().getAnnotations();
        return annotations != null && "true".equals(annotations.get(DEFAULT_CLASS));
    }
}
