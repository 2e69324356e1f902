package dev.hearth.testbed;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A watch that shows what a test says: the objects that are in the list now. */
public record FixedCache<T extends HasMetadata>(List<T> objects) implements Cache<T> {
    @Override
    public Optional<T> get(ResourceID id) {
        return list(object -> ResourceID.fromResource(object).equals(id)).findFirst();
    }

    @Override
    public Stream<ResourceID> keys() {
        return list().map(ResourceID::fromResource);
    }

    @Override
    public Stream<T> list(Predicate<T> wanted) {
        return objects.stream().filter(wanted);
    }
}
