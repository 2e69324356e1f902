package dev.hearth.cluster.storage;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.NamespaceSelector;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import java.util.Optional;

/** Reads each object from the API server when it is asked for. */
public final class LiveStorage implements StorageSource {
    private static final String DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";

    private final KubernetesClient client;

    public LiveStorage(KubernetesClient client) {
        this.client = client;
    }

    @Override
    public Optional<CachePolicy> policy(String name) {
        return Optional.ofNullable(
                client.resources(CachePolicy.class).withName(name).get());
    }

    @Override
    public Optional<CachePolicy> defaultPolicy() {
        return PolicySelection.byDefault(client.resources(CachePolicy.class).list().getItems().stream());
    }

    @Override
    public Optional<StorageClass> storageClass(String name) {
        return Optional.ofNullable(
                client.storage().v1().storageClasses().withName(name).get());
    }

    @Override
    public boolean hasDefaultClass() {
        return client.storage().v1().storageClasses().list().getItems().stream().anyMatch(LiveStorage::isDefault);
    }

    @Override
    public boolean matches(NamespaceSelector selector, String namespace) {
        return Optional.ofNullable(client.namespaces().withName(namespace).get())
                .filter(found -> matches(selector, found))
                .isPresent();
    }

    static boolean isDefault(StorageClass storageClass) {
        var annotations = storageClass.getMetadata().getAnnotations();
        return annotations != null && "true".equals(annotations.get(DEFAULT_CLASS));
    }

    static boolean matches(NamespaceSelector selector, Namespace namespace) {
        return selector.matches(
                Optional.ofNullable(namespace.getMetadata().getLabels()).orElseGet(Map::of));
    }
}
