package dev.hearth.controlplane;

import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.function.Consumer;

/** Gives on whatever is new or has changed; what is gone needs nothing. */
public record Changes<T>(Consumer<T> look) implements ResourceEventHandler<T> {
    @Override
    public void onAdd(T added) {
        look.accept(added);
    }

    @Override
    public void onUpdate(T before, T now) {
        look.accept(now);
    }

    @Override
    public void onDelete(T deleted, boolean finalStateUnknown) {
        // nothing
    }
}
