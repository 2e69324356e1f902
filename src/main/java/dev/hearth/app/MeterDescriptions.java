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

/** Describes the operator's own meters, for Prometheus and for docs/reference/metrics.md. */
@Singleton
public final class MeterDescriptions implements MeterFilter {
    private static final List<String> OF_CACHES = List.of("policy", "pipeline", "trust");

    /**
     * The description of a meter.
     *
     * @param labels the names of its tags, each with a bounded number of values
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
            counter(
                    "hearth.cache.grants",
                    "Cache volumes that were granted to runs: Warm if a warm pod waited on the volume, else New",
                    cache("daemon")),
            gauge("hearth.cache.policy.limit.bytes", "maxTotal of each CachePolicy that has one", List.of("policy")),
            gauge("hearth.cache.scopes", "Cache scopes", cache()),
            timer("hearth.cache.seal", "Time to seal a generation", cache()),
            timer("hearth.cache.seed", "Time to seed a cache volume", cache("mode")),
            counter("hearth.cache.seeds", "Cache volumes that were seeded", cache("mode")),
            counter("hearth.cache.steps", "Build steps that were Cached or Executed", cache("result")),
            gauge("hearth.cache.volume.filled.ratio", "Filled part of the fullest cache volume, from 0 to 1", cache()),
            gauge("hearth.cache.volumes", "Cache volumes", cache()),
            counter(
                    "hearth.forge.statuses",
                    "Commit statuses that were compared with the forge: Written, Unchanged or Failed",
                    List.of("outcome")),
            gauge(
                    "hearth.forge.token.end.seconds",
                    "When the token of spec.forge.token expires, in seconds since 1970, of pipelines whose token does",
                    List.of("pipeline")),
            gauge("hearth.leading", "1 for the leader, 0 for replicas that wait", List.of()),
            gauge(
                    "hearth.objects.unreadable",
                    "Objects with fields that this version cannot read, which Hearth ignores",
                    List.of("kind")),
            counter("hearth.orphans.found", "Orphans that were found", List.of("kind")),
            counter("hearth.orphans.removed", "Orphans that were deleted", List.of("kind")),
            counter("hearth.sweeps", "Sweeps for orphans, Succeeded or Failed", List.of("outcome")),
            gauge(
                    "hearth.volumes.retained",
                    "PersistentVolumes that are retained after their claim was deleted",
                    List.of()),
            gauge(
                    "hearth.warm.pods.bytes",
                    "Bytes of memory that warm pods request. The limit is warmMemory",
                    List.of()),
            gauge(
                    "hearth.web.certificate.end.seconds",
                    "End of validity of the served certificate, in seconds since 1970",
                    List.of()),
            gauge("hearth.web.connections", "Open connections to the web port", List.of()),
            counter("hearth.web.connections.refused", "Connections that were closed because of the limit", List.of()),
            counter(
                    "hearth.webhooks",
                    "Webhook deliveries that were Accepted, NotUsed or Refused",
                    List.of("outcome")));

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

    /** Returns the labels of all meters about caches, with further ones. */
    private static List<String> cache(String... further) {
        return Stream.concat(OF_CACHES.stream(), Stream.of(further)).toList();
    }
}
