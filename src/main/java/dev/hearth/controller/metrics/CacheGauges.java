package dev.hearth.controller.metrics;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.core.metrics.CacheTags;
import dev.hearth.core.metrics.CacheTotals;
import dev.hearth.core.text.Sizes;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Gauges of the present caches, by policy, pipeline and trust, from what the watches show. */
@ApplicationScoped
public class CacheGauges {
    private final MeterRegistry registry;
    private final CacheIndex index;
    private final MultiGauge bytes;
    private final MultiGauge scopes;
    private final MultiGauge volumes;
    private final MultiGauge buildkit;
    private final MultiGauge filled;
    private final MultiGauge limits;

    public CacheGauges(MeterRegistry registry, CacheIndex index) {
        this.registry = registry;
        this.index = index;
        this.bytes = gauge("bytes");
        this.scopes = gauge("scopes");
        this.volumes = gauge("volumes");
        this.buildkit = gauge("buildkit.bytes");
        this.filled = gauge("volume.filled.ratio");
        this.limits = gauge("policy.limit.bytes");
    }

    /** Refreshes all gauges. Series of deleted objects are removed. */
    public void refresh() {
        var totals = CacheTotals.of(index.scopes().map(this::sample).toList());
        show(bytes, totals, CacheTotals::bytes);
        show(scopes, totals, CacheTotals::scopes);
        show(volumes, totals, CacheTotals::volumes);
        show(buildkit, totals, CacheTotals::buildkit);
        show(filled, totals, CacheTotals::filled);
        showLimits();
        removeDeleted();
    }

    /** Shows the limits of policies that have one. */
    private void showLimits() {
        limits.register(index.policies().flatMap(CacheGauges::limit).toList(), true);
    }

    private static Stream<MultiGauge.Row<?>> limit(CachePolicy policy) {
        return Optional.ofNullable(policy.getSpec().retention().maxTotal()).stream()
                .map(limit -> MultiGauge.Row.of(
                        Tags.of("policy", policy.getMetadata().getName()), Sizes.kib(limit) * 1024.0));
    }

    /** Removes the counters of deleted pipelines. */
    private void removeDeleted() {
        var existing = index.pipelines()
                .map(pipeline -> pipeline.getMetadata().getNamespace() + "/"
                        + pipeline.getMetadata().getName())
                .collect(Collectors.toSet());
        registry.getMeters().stream()
                .map(Meter::getId)
                .filter(id -> id.getName().startsWith(CacheMetrics.PREFIX) && isOfOther(existing, id))
                .forEach(registry::remove);
    }

    private static boolean isOfOther(Set<String> pipelines, Meter.Id id) {
        return Optional.ofNullable(id.getTag("pipeline"))
                .filter(pipeline -> !pipelines.contains(pipeline))
                .isPresent();
    }

    private CacheTotals.Sample sample(CacheScope scope) {
        var status = Optional.ofNullable(scope.getStatus());
        return new CacheTotals.Sample(
                CacheMetrics.tagsOf(index, scope), status.map(CacheScopeStatus::used), scope.volumes());
    }

    private MultiGauge gauge(String name) {
        return MultiGauge.builder(CacheMetrics.PREFIX + name).register(registry);
    }

    private static void show(
            MultiGauge gauge, Map<CacheTags, CacheTotals> totals, ToDoubleFunction<CacheTotals> value) {
        gauge.register(
                totals.entrySet().stream()
                        .<MultiGauge.Row<?>>map(entry -> MultiGauge.Row.of(
                                CacheMetrics.tags(entry.getKey()), value.applyAsDouble(entry.getValue())))
                        .toList(),
                true);
    }
}
