package dev.hearth.controller.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Tag;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CacheMetricsTest {
    /**
     * Tags with a limited number of values. One with a value for each ref, commit or run would create a series for
     * each.
     */
    private static final Set<String> BOUNDED =
            Set.of("policy", "pipeline", "trust", "mode", "reason", "result", "daemon", "kind", "outcome");

    @Test
    void noMeterHasARefCommitOrRunAsTag() {
        var meters = new EveryMeter();

        assertThat(meters.registry().getMeters()).isNotEmpty().allSatisfy(meter -> {
            assertThat(meter.getId().getTags()).extracting(Tag::getKey).isSubsetOf(BOUNDED);
            assertThat(meter.getId().getTags())
                    .extracting(Tag::getValue)
                    .noneMatch(value -> value.contains(EveryMeter.REF)
                            || value.contains(EveryMeter.COMMIT)
                            || value.contains(EveryMeter.RUN));
        });
    }

    @Test
    void sumsUpScopesByPolicyPipelineAndTrust() {
        var meters = new EveryMeter();

        assertThat(meters.value("hearth.cache.bytes", "trust", "Untrusted")).isEqualTo(2 * 5.0 * (1 << 20));
        assertThat(meters.value("hearth.cache.scopes", "trust", "Untrusted")).isEqualTo(2);
        assertThat(meters.value("hearth.cache.volumes", "trust", "Trusted", "policy", "standard"))
                .isEqualTo(1);
        assertThat(meters.value("hearth.cache.evicted.bytes", "reason", "Idle")).isEqualTo(7);
    }

    @Test
    void showsTheLimitOfAPolicy() {
        assertThat(new EveryMeter().value("hearth.cache.policy.limit.bytes", "policy", "standard"))
                .isEqualTo(1 << 30);
    }

    @Test
    void removesTheMetersOfDeletedPipelines() {
        var meters = new EveryMeter();

        meters.remove();

        assertThat(meters.registry().getMeters())
                .extracting(meter -> meter.getId().getName())
                .containsExactly("hearth.cache.policy.limit.bytes");
    }

    @Test
    void countsScopesWithoutAPolicyForTheDefaultPolicy() {
        var meters = new EveryMeter();

        assertThat(meters.registry()
                        .find("hearth.cache.bytes")
                        .tag("policy", "standard")
                        .gauges())
                .isNotEmpty();
    }
}
