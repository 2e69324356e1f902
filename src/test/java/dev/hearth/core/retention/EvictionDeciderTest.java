package dev.hearth.core.retention;

import static dev.hearth.core.retention.ScopeFixture.trusted;
import static dev.hearth.core.retention.ScopeFixture.untrusted;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.RefClosedAction;
import dev.hearth.api.RetentionSpec;
import dev.hearth.api.RetentionSpec.Trusted;
import dev.hearth.api.RetentionSpec.Untrusted;
import dev.hearth.api.RetentionSpecBuilder;
import dev.hearth.core.retention.EvictionDecider.Decision;
import dev.hearth.core.retention.EvictionForecast.Prospect;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EvictionDeciderTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
    private static final ScopeFixture MAIN =
            trusted("main", ago(1)).defaultBranch().sealed(ago(1)).gib(4);

    @Test
    void deletesIdleScopesByTheLimitOfTheirTrust() {
        var decision = decide(
                spec(null, null),
                untrusted("1", ago(3)),
                untrusted("2", ago(3).plusSeconds(1)),
                trusted("release", ago(30)),
                trusted("old", ago(29)));

        assertThat(evicted(decision)).containsExactly("1 Idle", "release Idle");
    }

    @Test
    void deletesScopesOfClosedRefsIfThePolicySaysSo() {
        var decision = decide(
                spec(null, null),
                untrusted("1", ago(0)).refClosed(),
                trusted("release", ago(0)).refClosed(),
                untrusted("2", ago(0)));

        assertThat(evicted(decision)).containsExactly("1 RefClosed");
    }

    @Test
    void keepsScopesOfClosedRefsIfThePolicySaysSo() {
        var keeping = RetentionSpecBuilder.builder()
                .trusted(new Trusted("30d", 3, RefClosedAction.Delete))
                .untrusted(new Untrusted("3d", RefClosedAction.Keep, null))
                .build();

        var decision = decide(
                keeping,
                untrusted("1", ago(0)).refClosed(),
                trusted("release", ago(0)).refClosed());

        assertThat(evicted(decision)).containsExactly("release RefClosed");
    }

    @Test
    void budgetDeletesUntrustedAndLeastRecentlyUsedScopesFirst() {
        var decision = decide(
                spec("5Gi", null),
                MAIN,
                trusted("release", ago(20)),
                untrusted("1", ago(2)),
                untrusted("2", ago(1)),
                untrusted("3", ago(0)));

        assertThat(evicted(decision)).containsExactly("1 TotalBudget", "2 TotalBudget", "3 TotalBudget");
    }

    @Test
    void budgetDeletesTrustedScopesLast() {
        var decision = decide(
                spec("4Gi", null),
                MAIN,
                trusted("release/2", ago(10)).sealed(ago(10)),
                trusted("release/1", ago(20)).sealed(ago(20)),
                untrusted("1", ago(0)));

        assertThat(evicted(decision))
                .containsExactly("1 TotalBudget", "release/1 TotalBudget", "release/2 TotalBudget");
        assertThat(decision.excess()).isEmpty();
    }

    @Test
    void reportsABudgetThatCannotBeMet() {
        var decision = decide(spec("3Gi", null), MAIN, untrusted("1", ago(0)).inUse());

        assertThat(decision.evictions()).isEmpty();
        assertThat(decision.excess())
                .hasValueSatisfying(why -> assertThat(why).contains("5120Mi", "spec.retention.maxTotal, 3Gi"));
    }

    @Test
    void budgetKeepsTheNewestTrustedGenerationWithoutADefaultBranch() {
        var decision = decide(
                spec("1Gi", null),
                trusted("release/1", ago(20)).sealed(ago(2)),
                trusted("release/2", ago(10)).sealed(ago(3)));

        assertThat(evicted(decision)).containsExactly("release/2 TotalBudget");
    }

    @Test
    void pipelineBudgetDeletesOnlyScopesOfThatPipeline() {
        var decision = decide(
                spec("100Gi", "2Gi"),
                untrusted("1", ago(2)).pipeline("large").gib(2),
                untrusted("2", ago(1)).pipeline("large").gib(1),
                untrusted("1", ago(2)).pipeline("small").gib(2));

        assertThat(evicted(decision)).containsExactly("1 PipelineBudget");
        assertThat(decision.evictions().getFirst().scope().pipeline()).isEqualTo("large");
    }

    /** A release that was seeded from main as an overlay needs main's layers. */
    @Test
    void deletesAScopeOnlyAfterThoseThatNeedIt() {
        var decision = decide(
                spec(null, null),
                trusted("base", ago(40)),
                trusted("reader", ago(31)).reads("base"));

        assertThat(evicted(decision)).containsExactly("reader Idle", "base Idle");
        assertThat(decide(
                                spec(null, null),
                                trusted("base", ago(40)),
                                untrusted("1", ago(0)).reads("base"))
                        .evictions())
                .isEmpty();
    }

    @Test
    void keepsAScopeThatAScopeOfAnotherPolicyNeeds() {
        var decision = new EvictionDecider(spec(null, null), NOW)
                .decide(List.of(trusted("base", ago(40)).scope()), Set.of(ScopeFixture.claim("app", "base")));

        assertThat(decision.evictions()).isEmpty();
    }

    @Test
    void forecastsTheNextDeletions() {
        var decision = decide(
                spec("100Gi", "50Gi"),
                MAIN,
                untrusted("1", ago(4)).inUse(),
                untrusted("2", ago(2)),
                untrusted("3", ago(1)));

        assertThat(decision.evictions()).isEmpty();
        assertThat(decision.next().stream().map(EvictionDeciderTest::describe))
                .containsExactly(
                        "1 Idle once its run has finished",
                        "2 TotalBudget once all caches take more than 100Gi",
                        "3 TotalBudget once all caches take more than 100Gi",
                        "main Idle " + ago(1).plus(Duration.ofDays(30)));
    }

    @Test
    void forecastsOneDeletionOfEachPipelineFromTheLargestOn() {
        var decision = decide(
                spec(null, "50Gi"),
                untrusted("1", ago(2)),
                untrusted("2", ago(1)),
                untrusted("3", ago(0)).pipeline("large").gib(9));

        assertThat(decision.next().stream().map(EvictionDeciderTest::describe))
                .startsWith(
                        "3 PipelineBudget once the caches of its pipeline take more than 50Gi",
                        "1 PipelineBudget once the caches of its pipeline take more than 50Gi",
                        "2 Idle 2026-06-03T00:00:00Z");
    }

    @Test
    void saysWhichPipelineExceedsItsBudgetAlthoughNothingMayBeDeleted() {
        var decision = decide(
                spec(null, "8Gi"),
                untrusted("1", ago(0)).inUse(),
                untrusted("2", ago(0)).pipeline("large").gib(9).inUse());

        assertThat(decision.evictions()).isEmpty();
        assertThat(decision.excess().orElseThrow())
                .startsWith("caches of ci/large take 9216Mi, more than spec.retention.maxPerPipeline, 8Gi");
    }

    @Test
    void deletesAScopeThatOnlyItselfReads() {
        var decision = decide(spec(null, null), untrusted("1", ago(4)).reads("1"));

        assertThat(evicted(decision)).containsExactly("1 Idle");
    }

    @Test
    void forecastsWhenScopesBecomeIdle() {
        var decision = decide(spec(null, null), untrusted("1", ago(2)), untrusted("2", ago(1)));

        assertThat(decision.next().stream().map(EvictionDeciderTest::describe))
                .containsExactly("1 Idle 2026-06-02T00:00:00Z", "2 Idle 2026-06-03T00:00:00Z");
    }

    private static String describe(Prospect prospect) {
        return prospect.scope().ref() + " " + prospect.cause() + " " + prospect.when();
    }

    private static List<String> evicted(Decision decision) {
        return decision.evictions().stream()
                .map(eviction -> eviction.scope().ref() + " " + eviction.cause())
                .toList();
    }

    private static Decision decide(RetentionSpec spec, ScopeFixture... scopes) {
        return new EvictionDecider(spec, NOW)
                .decide(Stream.of(scopes).map(ScopeFixture::scope).toList(), Set.of());
    }

    private static RetentionSpec spec(@Nullable String total, @Nullable String pipeline) {
        return new RetentionSpec(
                new Trusted("30d", 3, RefClosedAction.Keep),
                new Untrusted("3d", RefClosedAction.Delete, null),
                total,
                pipeline);
    }

    private static Instant ago(int days) {
        return NOW.minus(Duration.ofDays(days));
    }
}
