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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Answers from watches, so that a reconciliation asks the API server nothing. A watch may be late: what a pipeline needs
 * and the watch does not show is read from the API server, so that a pipeline that is created right after its policy
 * finds it.
 */
@ApplicationScoped
public class WatchedStorage implements StorageSource {
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
        return policies.find(name).or(() -> live.policy(name));
    }

    /** That there is none is normal, and the watch alone says so. */
    @Override
    public Optional<CachePolicy> defaultPolicy() {
        return PolicySelection.byDefault(policies.all());
    }

    @Override
    public Optional<StorageClass> storageClass(String name) {
        return classes.find(name).or(() -> live.storageClass(name));
    }

    @Override
    public boolean hasDefaultClass() {
        return classes.all().anyMatch(LiveStorage::isDefault) || live.hasDefaultClass();
    }

    /** The watch of namespaces starts with the first policy that selects any. */
    @Override
    public boolean matches(NamespaceSelector selector, String namespace) {
        return namespaces
                        .find(namespace)
                        .filter(found -> LiveStorage.matches(selector, found))
                        .isPresent()
                || live.matches(selector, namespace);
    }

    @PreDestroy
    void close() {
        policies.close();
        classes.close();
        namespaces.close();
    }

    /** A watch of objects without a namespace that starts when it is first needed. */
    private static final class Watch<T extends HasMetadata> {
        private static final long START_SECONDS = 120;

        private final Supplier<SharedIndexInformer<T>> source;
        private @Nullable SharedIndexInformer<T> informer;

        Watch(Supplier<SharedIndexInformer<T>> source) {
            this.source = source;
        }

        /** Returns the informer once it has listed everything. */
        synchronized SharedIndexInformer<T> started() {
            var running = informer;
            if (running == null) {
                running = start(source.get().exceptionHandler((_, _) -> true)); // a watch that breaks begins again
                informer = running;
            }
            return running;
        }

        private static <T> SharedIndexInformer<T> start(SharedIndexInformer<T> informer) {
            try {
                informer.start().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
                return informer;
            } catch (InterruptedException e) {
                informer.stop();
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            } catch (ExecutionException | TimeoutException e) {
                informer.stop();
                throw new IllegalStateException(
                        "no watch of " + informer.getApiTypeClass().getSimpleName() + " within " + START_SECONDS + " s",
                        e);
            }
        }

        Optional<T> find(String name) {
            return Optional.ofNullable(started().getStore().getByKey(name));
        }

        Stream<T> all() {
            return started().getStore().list().stream();
        }

        synchronized void close() {
            Optional.ofNullable(informer).ifPresent(SharedIndexInformer::stop);
        }
    }
}
