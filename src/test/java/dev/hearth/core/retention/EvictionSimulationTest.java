package dev.hearth.core.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.RefClosedAction;
import dev.hearth.api.RetentionSpec;
import dev.hearth.api.RetentionSpec.Trusted;
import dev.hearth.api.RetentionSpec.Untrusted;
import dev.hearth.api.Trust;
import dev.hearth.core.retention.EvictionDecider.Decision;
import dev.hearth.core.retention.EvictionDecider.Eviction;
import dev.hearth.core.text.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Fifty days of pushes and pull requests against a policy's limits, an hour at a time. */
class EvictionSimulationTest {
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final int DAYS = 50;
    private static final String TOTAL = "150Gi";
    private static final String PIPELINE = "65Gi";
    private static final RetentionSpec SPEC = new RetentionSpec(
            new Trusted("30d", 3, RefClosedAction.Keep),
            new Untrusted("3d", RefClosedAction.Delete, "20Gi"),
            TOTAL,
            PIPELINE);

    private final SimulatedRefs refs = new SimulatedRefs(20_261_124);
    private final Map<EvictionCause, Integer> evicted = new EnumMap<>(EvictionCause.class);
    private final List<String> table = new ArrayList<>();

    @Test
    void fiftyDaysOfPushesStayWithinTheLimitsAndKeepMain() throws IOException {
        for (int day = 1; day <= DAYS; day++) {
            var highest = 0L;
            evicted.clear();
            for (int hour = 0; hour < 24; hour++) {
                var now = BEGIN.plus(Duration.ofDays(day - 1)).plus(Duration.ofHours(hour));
                refs.advance(now);
                var scopes = refs.scopes();
                highest = Math.max(highest, used(scopes));
                var decision = new EvictionDecider(SPEC, now).decide(scopes, Set.of());
                check(scopes, decision, now);
                decision.evictions().forEach(this::evict);
            }
            record(day, highest);
        }
        write();

        assertThat(refs.opened()).isGreaterThan(200);
        assertThat(table).hasSize(DAYS);
    }

    private void check(List<EvictionCandidate> scopes, Decision decision, Instant now) {
        var remaining = new ArrayList<>(scopes);
        for (Eviction eviction : decision.evictions()) {
            var scope = eviction.scope();
            assertThat(scope.inUse()).as("%s at %s", eviction, now).isFalse();
            assertThat(scope.ref()).isNotEqualTo("main");
            remaining.remove(scope);
            assertThat(remaining)
                    .noneMatch(other -> scope.claims().stream()
                            .anyMatch(claim -> other.reads().contains(claim)));
            switch (eviction.cause()) {
                case Idle ->
                    assertThat(Duration.between(scope.lastUsed(), now))
                            .isGreaterThanOrEqualTo(Duration.ofDays(scope.trust() == Trust.Trusted ? 30 : 3));
                case RefClosed -> assertThat(scope.refClosed()).isTrue();
                case PipelineBudget, TotalBudget -> {}
            }
        }
        assertThat(used(remaining)).as("after %s", now).isLessThanOrEqualTo(Sizes.kib(TOTAL));
        for (String pipeline : SimulatedRefs.PIPELINES) {
            assertThat(used(remaining.stream()
                            .filter(scope -> scope.pipeline().equals(pipeline))
                            .toList()))
                    .as("%s after %s", pipeline, now)
                    .isLessThanOrEqualTo(Sizes.kib(PIPELINE));
        }
        assertThat(decision.excess()).isEmpty();
    }

    private void evict(Eviction eviction) {
        refs.remove(eviction.scope());
        evicted.merge(eviction.cause(), 1, Integer::sum);
    }

    private void record(int day, long highest) {
        var scopes = refs.scopes();
        var warm = scopes.stream().filter(scope -> scope.ref().equals("main")).count();
        table.add("| %d | %d | %d | %d | 150 | %s | %d of 3 |"
                .formatted(
                        day,
                        scopes.size(),
                        used(scopes) / ScopeFixture.GIB,
                        highest / ScopeFixture.GIB,
                        evictions(),
                        warm));
        assertThat(warm).as("main's scopes on day %s", day).isEqualTo(SimulatedRefs.PIPELINES.size());
    }

    private String evictions() {
        return String.join(
                " | ",
                List.of(EvictionCause.values()).stream()
                        .map(reason -> evicted.getOrDefault(reason, 0).toString())
                        .toList());
    }

    private void write() throws IOException {
        var head = """
                | day | scopes | used, Gi | highest before eviction | limit | ref closed | idle | pipeline budget | total budget | main's caches |
                |--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
                """;
        var file = Path.of("target", "retention-simulation.md");
        Files.createDirectories(file.getParent());
        Files.writeString(file, head + String.join("\n", table) + "\n");
    }

    private static long used(List<EvictionCandidate> scopes) {
        return scopes.stream().mapToLong(EvictionCandidate::used).sum();
    }
}
