package dev.hearth.cluster.storage;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.NamespaceSelector;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Answers from watches, so that most choices of storage need no request. While a watch is not connected, the API server is
 * asked. An answer may be a moment late.
 */
@ApplicationScoped
public class WatchedStorage implements StorageSource {
    private static final Logger LOG = Logger.getLogger(WatchedStorage.class);

    private final LiveStorage live;
    private final Watch<CachePolicy> policies;
    private final Watch<StorageClass> classes;
    private final Watch<Namespace> namespaces;

    public WatchedStorage(KubernetesClient client) {
        this.live = new LiveStorage(client);
        this.policies = new Watch<>(() -> client.resources(CachePolicy.class).runnableInformer(0));
        this.classes = new Watch<>(() -> client.storage().v1().storageClasses().runnableInformer(0));
        this.namespaces = new Watch<>(() -> client.namespaces().runnableInformer(0));
    }

    /** Calls a handler for each policy that there is, and for each change after the watch shows it. */
    public void onPolicyChange(ResourceEventHandler<CachePolicy> handler) {
        policies.started().addEventHandler(handler);
    }

    @Override
    public Optional<CachePolicy> policy(String name) {
        return policies.answer(all -> all.find(name)).orElseGet(() -> live.policy(name));
    }

    @Override
    public Optional<CachePolicy> defaultPolicy() {
        return policies.answer(all -> PolicySelection.byDefault(all.stream())).orElseGet(live::defaultPolicy);
    }

    @Override
    public Optional<StorageClass> storageClass(String name) {
        return classes.answer(all -> all.find(name)).orElseGet(() -> live.storageClass(name));
    }

    @Override
    public boolean hasDefaultClass() {
        return classes.answer(all -> all.stream().anyMatch(LiveStorage::isDefault))
                .orElseGet(live::hasDefaultClass);
    }

    /** The watch of namespaces starts with the first policy that selects any. */
    @Override
    public boolean matches(NamespaceSelector selector, String namespace) {
        return namespaces
                .answer(all -> all.find(namespace)
                        .filter(found -> LiveStorage.matches(selector, found))
                        .isPresent())
                .orElseGet(() -> live.matches(selector, namespace));
    }

    /** Whether all answers come from watches. Starts those that have not started. */
    boolean isConnected() {
        return policies.isConnected() && classes.isConnected() && namespaces.isConnected();
    }

    @PreDestroy
    void close() {
        policies.close();
        classes.close();
        namespaces.close();
    }

    /** A watch of objects without a namespace. It starts in the background when it is first needed. */
    private static final class Watch<T extends HasMetadata> {
        private final Supplier<SharedIndexInformer<T>> source;
        private @Nullable SharedIndexInformer<T> informer;

        Watch(Supplier<SharedIndexInformer<T>> source) {
            this.source = source;
        }

        synchronized SharedIndexInformer<T> started() {
            var running = informer;
            if (running == null) {
                var created = source.get().exceptionHandler((_, _) -> true); // a watch that breaks begins again
                var _ = created.start().exceptionally(e -> {
                    LOG.warnf(e, "no watch of %s", created.getApiTypeClass().getSimpleName());
                    return null;
                });
                informer = created;
                return created;
            }
            return running;
        }

        /** Returns what the watch shows. Empty while it is not connected. */
        <R> Optional<R> answer(Function<Watch<T>, R> question) {
            return isConnected() ? Optional.of(question.apply(this)) : Optional.empty();
        }

        private boolean isConnected() {
            var running = started();
            return running.hasSynced() && running.isWatching();
        }

        private Optional<T> find(String name) {
            return Optional.ofNullable(started().getStore().getByKey(name));
        }

        private Stream<T> stream() {
            return started().getStore().list().stream();
        }

        synchronized void close() {
            Optional.ofNullable(informer).ifPresent(SharedIndexInformer::stop);
        }
    }
}
