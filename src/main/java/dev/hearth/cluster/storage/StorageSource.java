package dev.hearth.cluster.storage;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.NamespaceSelector;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.util.Optional;

/** The objects of the cluster that decide which storage a pipeline gets. */
public interface StorageSource {

    Optional<CachePolicy> policy(String name);

    /** Returns the policy that pipelines follow that name none. */
    Optional<CachePolicy> defaultPolicy();

    Optional<StorageClass> storageClass(String name);

    boolean hasDefaultClass();

    /** Whether the labels of a namespace match a selector. A namespace that does not exist matches none. */
    boolean matches(NamespaceSelector selector, String namespace);
}
