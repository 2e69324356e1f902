package dev.hearth.controller.scope;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.cluster.storage.WatchedStorage;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.util.Objects;

/** Triggers the scopes that may follow a policy when its spec changes, once the storage that they read shows it. */
final class PolicyEvents extends SimpleInboundEventSource<CacheScope> implements ResourceEventHandler<CachePolicy> {
    private final WatchedStorage storage;
    private final IndexerResourceCache<CacheScope> scopes;

    PolicyEvents(WatchedStorage storage, IndexerResourceCache<CacheScope> scopes) {
        super("policies");
        this.storage = storage;
        this.scopes = scopes;
    }

    @Override
    public void start() {
        super.start();
        storage.onPolicyChange(this);
    }

    @Override
    public void onAdd(CachePolicy policy) {
        trigger(policy);
    }

    @Override
    public void onUpdate(CachePolicy before, CachePolicy now) {
        if (!Objects.equals(
                now.getMetadata().getGeneration(), before.getMetadata().getGeneration())) {
            trigger(now);
        }
    }

    @Override
    public void onDelete(CachePolicy policy, boolean isFinalStateUnknown) {
        trigger(policy);
    }

    /** A scope that names no policy follows the default policy, which any policy can become or cease to be. */
    private void trigger(CachePolicy policy) {
        var name = policy.getMetadata().getName();
        scopes.list(scope -> scope.getSpec().policy() == null
                        || name.equals(scope.getSpec().policy()))
                .map(ResourceID::fromResource)
                .forEach(this::propagateEvent);
    }
}
