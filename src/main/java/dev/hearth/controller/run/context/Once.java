package dev.hearth.controller.run.context;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A value that is resolved when it is first needed, and the same from then on. */
public final class Once<T> implements Supplier<T> {
    private final Supplier<T> source;
    private @Nullable T value;

    Once(Supplier<T> source) {
        this.source = source;
    }

    @Override
    public synchronized T get() {
        var known = value;
        if (known == null) {
            known = source.get();
            value = known;
        }
        return known;
    }
}
