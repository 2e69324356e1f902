package dev.hearth.cluster.storage;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.NamespaceSelector;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.util.Optional;

/** A cluster without policies and StorageClasses. */
public class NoStorage implements StorageSource {
    @Override
    public Optional<CachePolicy> policy(String name) {
        return Optional.empty();
    }

    @Override
    public Optional<CachePolicy> defaultPolicy() {
        return Optional.empty();
    }

    @Override
    public Optional<StorageClass> storageClass(String name) {
        return Optional.empty();
    }

    @Override
    public boolean hasDefaultClass() {
        return false;
    }

    @Override
    public boolean matches(NamespaceSelector selector, String namespace) {
        return false;
    }
}
