package dev.hearth.controller.metrics;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeSpecBuilder;
import dev.hearth.api.CacheScopeStatusBuilder;
import dev.hearth.api.Pipeline;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.core.buildcache.CacheProblem;
import dev.hearth.core.metrics.VolumeEvents.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The meters of caches, with everything counted that there is to count. */
public final class EveryMeter {
    static final String REF = "refs/pull/7/head";
    static final String COMMIT = "c0ffee00";
    static final String RUN = "app-c0ffee00";
    private static final String NAMESPACE = "ns";

    private final MeterRegistry registry;
    private final List<CacheScope> scopes = new ArrayList<>();
    private final List<Pipeline> pipelines = new ArrayList<>();
    private final CacheGauges gauges;

    EveryMeter() {
        this(new SimpleMeterRegistry());
    }

    public EveryMeter(MeterRegistry registry) {
        this.registry = registry;
        var known = new CacheIndex();
        var policy = Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: CachePolicy
                metadata: {name: standard, creationTimestamp: "2026-01-01T00:00:00Z"}
                spec: {default: true, retention: {maxTotal: 1Gi}}
                """, CachePolicy.class);
        known.watchPolicies(cache(List.of(policy)));
        known.watchScopes(cache(scopes));
        known.watchPipelines(cache(pipelines));
        var pipeline = new Pipeline();
        pipeline.setMetadata(
                new ObjectMetaBuilder().withNamespace(NAMESPACE).withName("app").build());
        pipelines.add(pipeline);
        scopes.addAll(
                List.of(scope("main", Trust.Trusted), scope("one", Trust.Untrusted), scope("two", Trust.Untrusted)));
        gauges = new CacheGauges(registry, known);
        gauges.refresh();
        count(new CacheMetrics(registry, known));
    }

    MeterRegistry registry() {
        return registry;
    }

    /** Everything goes, and it is looked again. */
    void remove() {
        scopes.clear();
        pipelines.clear();
        gauges.refresh();
    }

    double value(String name, String... tags) {
        return registry.find(name).tags(tags).meters().stream()
                .flatMap(meter -> Stream.of(meter.measure().iterator().next()))
                .mapToDouble(measurement -> measurement.getValue())
                .sum();
    }

    private void count(CacheMetrics metrics) {
        metrics.evicted("standard", NAMESPACE + "/app", Trust.Untrusted, "Idle", 7);
        var took = Duration.ofMillis(5);
        metrics.count(
                scopes.getFirst(),
                List.of(
                        new Event.Granted(true),
                        new Event.Seeded(SeedMode.Overlay, took),
                        new Event.Sealed(1),
                        new Event.Sealing(took),
                        new Event.Built(3, 2),
                        new Event.Degraded(CacheProblem.VolumeFull)));
    }

    private static CacheScope scope(String name, Trust trust) {
        var scope = new CacheScope();
        scope.setMetadata(
                new ObjectMetaBuilder().withNamespace(NAMESPACE).withName(name).build());
        scope.setSpec(CacheScopeSpecBuilder.builder()
                .pipeline("app")
                .ref(REF)
                .trust(trust)
                .platforms(List.of("linux/amd64"))
                .build());
        scope.setStatus(CacheScopeStatusBuilder.builder()
                .observedGeneration(1L)
                .trust(trust)
                .used("5Mi")
                .lastRun(RUN)
                .volumes(List.of(ScopeVolume.unused("linux/amd64", name)))
                .build());
        return scope;
    }

    private static <R extends HasMetadata> Cache<R> cache(List<R> all) {
        return new Cache<>() {
            @Override
            public Optional<R> get(ResourceID id) {
                return all.stream()
                        .filter(it -> ResourceID.fromResource(it).equals(id))
                        .findFirst();
            }

            @Override
            public Stream<ResourceID> keys() {
                return all.stream().map(ResourceID::fromResource);
            }

            @Override
            public Stream<R> list(Predicate<R> predicate) {
                return all.stream().filter(predicate);
            }
        };
    }
}
