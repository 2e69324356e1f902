package dev.hearth.controller.support;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.core.cache.Sizes;
import dev.hearth.core.figures.Totals;
import dev.hearth.core.figures.Whose;
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

/** What there is of caches, by policy, pipeline and trust: as the watches show it, without a call to anybody. */
@ApplicationScoped
public class CacheGauges {
    private final MeterRegistry registry;
    private final KnownCaches known;
    private final MultiGauge bytes;
    private final MultiGauge scopes;
    private final MultiGauge volumes;
    private final MultiGauge buildkit;
    private final MultiGauge filled;
    private final MultiGauge limits;

    public CacheGauges(MeterRegistry registry, KnownCaches known) {
        this.registry = registry;
        this.known = known;
        this.bytes = gauge("bytes");
        this.scopes = gauge("scopes");
        this.volumes = gauge("volumes");
        this.buildkit = gauge("buildkit.bytes");
        this.filled = gauge("volume.filled.ratio");
        this.limits = gauge("policy.limit.bytes");
    }

    /** Looks again; what is there no more loses its series. */
    public void refresh() {
        var totals = Totals.of(known.scopes().map(this::sample).toList());
        show(bytes, totals, Totals::bytes);
        show(scopes, totals, Totals::scopes);
        show(volumes, totals, Totals::volumes);
        show(buildkit, totals, Totals::buildkit);
        show(filled, totals, Totals::filled);
        showLimits();
        forget();
    }

    /** Of policies that have one. */
    private void showLimits() {
        limits.register(known.policies().flatMap(CacheGauges::limit).toList(), true);
    }

    private static Stream<MultiGauge.Row<?>> limit(CachePolicy policy) {
        return Optional.ofNullable(policy.getSpec().retention().maxTotal()).stream()
                .map(limit -> MultiGauge.Row.of(
                        Tags.of("policy", policy.getMetadata().getName()), Sizes.kib(limit) * 1024.0));
    }

    /** Counters of pipelines that are gone: whatever reads them has what they came to. */
    private void forget() {
        var there = known.pipelines()
                .map(pipeline -> pipeline.getMetadata().getNamespace() + "/"
                        + pipeline.getMetadata().getName())
                .collect(Collectors.toSet());
        registry.getMeters().stream()
                .map(Meter::getId)
                .filter(id -> id.getName().startsWith(CacheMetrics.PREFIX) && isOfOther(there, id))
                .forEach(registry::remove);
    }

    private static boolean isOfOther(Set<String> pipelines, Meter.Id id) {
        return Optional.ofNullable(id.getTag("pipeline"))
                .filter(pipeline -> !pipelines.contains(pipeline))
                .isPresent();
    }

    private Totals.Sample sample(CacheScope scope) {
        var status = Optional.ofNullable(scope.getStatus());
        return new Totals.Sample(CacheMetrics.whose(known, scope), status.map(CacheScopeStatus::used), scope.volumes());
    }

    private MultiGauge gauge(String what) {
        return MultiGauge.builder(CacheMetrics.PREFIX + what).register(registry);
    }

    private static void show(MultiGauge gauge, Map<Whose, Totals> totals, ToDoubleFunction<Totals> figure) {
        gauge.register(
                totals.entrySet().stream()
                        .<MultiGauge.Row<?>>map(entry -> MultiGauge.Row.of(
                                CacheMetrics.tags(entry.getKey()), figure.applyAsDouble(entry.getValue())))
                        .toList(),
                true);
    }
}
