package dev.hearth.app;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Describes the operator's own meters: in what Prometheus reads, and in docs/reference/metrics.md. */
@Singleton
public final class MeterDescriptions implements MeterFilter {
    private static final List<String> OF_CACHES = List.of("policy", "pipeline", "trust");

    /**
     * A meter.
     *
     * @param labels the names of its tags, all of which have a bounded number of values
     */
    public record Description(String name, Meter.Type type, List<String> labels, String text) {}

    /** All meters whose names begin with {@code hearth}, by name. */
    public static final List<Description> ALL = List.of(
            gauge("hearth.cache.buildkit.bytes", "Bytes on cache volumes as BuildKit counts them", cache()),
            gauge("hearth.cache.bytes", "Measured bytes on cache volumes", cache()),
            counter("hearth.cache.degradations", "Builds that lost a cache or could not use one", cache("reason")),
            counter("hearth.cache.evicted.bytes", "Measured bytes of evicted cache scopes", cache("reason")),
            counter("hearth.cache.evictions", "Cache scopes that retention deleted", cache("reason")),
            counter("hearth.cache.generations.sealed", "Generations that were sealed", cache()),
            gauge("hearth.cache.policy.limit.bytes", "maxTotal of each CachePolicy that has one", List.of("policy")),
            gauge("hearth.cache.scopes", "Cache scopes", cache()),
            timer("hearth.cache.seal", "Time to seal a generation", cache()),
            timer("hearth.cache.seed", "Time to seed a cache volume", cache("mode")),
            counter("hearth.cache.seeds", "Cache volumes that were seeded", cache("mode")),
            counter("hearth.cache.steps", "Build steps that were Cached or Executed", cache("result")),
            gauge("hearth.cache.volume.filled.ratio", "How full the fullest cache volume is, from 0 to 1", cache()),
            gauge("hearth.cache.volumes", "Cache volumes", cache()),
            gauge("hearth.leading", "1 for the replica that acts, 0 for those that wait", List.of()),
            gauge(
                    "hearth.objects.unreadable",
                    "Objects with fields that this version cannot read, for which nothing is done",
                    List.of("kind")),
            counter("hearth.orphans.found", "Objects of Hearth that have no owner", List.of("kind")),
            counter("hearth.orphans.removed", "Orphans that were deleted", List.of("kind")),
            counter("hearth.sweeps", "Searches for orphans, Succeeded or Failed", List.of("outcome")),
            gauge("hearth.volumes.retained", "PersistentVolumes that stay without their claim", List.of()),
            gauge(
                    "hearth.web.certificate.end.seconds",
                    "When the certificate that is served ends, in seconds since 1970",
                    List.of()),
            gauge("hearth.web.connections", "Open connections to the web port", List.of()),
            counter("hearth.web.connections.refused", "Connections closed for being too many", List.of()));

    private static final Map<String, Description> BY_NAME =
            ALL.stream().collect(Collectors.toMap(Description::name, Function.identity()));

    @Override
    public Meter.Id map(Meter.Id id) {
        var description = BY_NAME.get(id.getName());
        return description == null
                ? id
                : new Meter.Id(id.getName(), Tags.of(id.getTags()), id.getBaseUnit(), description.text(), id.getType());
    }

    private static Description gauge(String name, String text, List<String> labels) {
        return new Description(name, Meter.Type.GAUGE, labels, text);
    }

    private static Description counter(String name, String text, List<String> labels) {
        return new Description(name, Meter.Type.COUNTER, labels, text);
    }

    private static Description timer(String name, String text, List<String> labels) {
        return new Description(name, Meter.Type.TIMER, labels, text);
    }

    /** The labels of everything about caches, and further ones. */
    private static List<String> cache(String... further) {
        return Stream.concat(OF_CACHES.stream(), Stream.of(further)).toList();
    }
}
