package dev.hearth.core.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.RefClosedAction;
import dev.hearth.api.RetentionSpec;
import dev.hearth.api.RetentionSpec.Trusted;
import dev.hearth.api.RetentionSpec.Untrusted;
import dev.hearth.api.Trust;
import dev.hearth.core.retention.EvictionDecider.Eviction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** Properties of retention that hold for any set of scopes. */
class EvictionPropertiesTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
    private static final Set<EvictionCause> BUDGETS = Set.of(EvictionCause.PipelineBudget, EvictionCause.TotalBudget);

    @Property
    void neverDeletesAScopeThatIsInUseOrNeeded(
            @ForAll("scopeSets") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 1, max = 200) int total) {
        var remaining = new ArrayList<>(scopes);
        for (Eviction eviction : decide(scopes, total)) {
            assertThat(eviction.scope().inUse()).isFalse();
            remaining.remove(eviction.scope());
            assertThat(remaining).noneMatch(other -> reads(other, eviction.scope()));
        }
    }

    @Property
    void budgetNeverDeletesTheNewestTrustedGenerationOrTheDefaultBranch(
            @ForAll("scopeSets") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 1, max = 200) int total) {
        var remaining = new ArrayList<>(scopes);
        for (Eviction eviction : decide(scopes, total)) {
            if (BUDGETS.contains(eviction.cause()) && eviction.scope().trust() == Trust.Trusted) {
                assertThat(eviction.scope().defaultBranch()).isFalse();
                assertThat(holdsNewest(remaining, eviction.scope())).isFalse();
            }
            remaining.remove(eviction.scope());
        }
    }

    @Property
    void budgetDeletesUntrustedThenLeastRecentlyUsedScopesFirst(
            @ForAll("scopeSets") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 1, max = 200) int total) {
        var remaining = new ArrayList<>(scopes);
        for (Eviction eviction : decide(scopes, total)) {
            if (BUDGETS.contains(eviction.cause())) {
                var taken = eviction.scope();
                var others = remaining.stream()
                        .filter(other -> eviction.cause() == EvictionCause.TotalBudget
                                || other.owner().equals(taken.owner()))
                        .filter(other -> mayBeDeletedForBudget(remaining, other));
                assertThat(others).allSatisfy(other -> {
                    assertThat(other.trust() == Trust.Untrusted && taken.trust() == Trust.Trusted)
                            .isFalse();
                    assertThat(other.trust() == taken.trust()
                                    && other.lastUsed().isBefore(taken.lastUsed()))
                            .isFalse();
                });
            }
            remaining.remove(eviction.scope());
        }
    }

    @Property
    void budgetIsMetUnlessNoFurtherScopeMayBeDeleted(
            @ForAll("scopeSets") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 1, max = 200) int total) {
        var remaining = new ArrayList<>(scopes);
        decide(scopes, total).forEach(eviction -> remaining.remove(eviction.scope()));

        var used = remaining.stream().mapToLong(EvictionCandidate::used).sum();

        assertThat(used <= total * ScopeFixture.GIB
                        || remaining.stream().noneMatch(scope -> mayBeDeletedForBudget(remaining, scope)))
                .isTrue();
    }

    @Property
    void laterClockNeverDeletesLess(
            @ForAll("scopeSets") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 0, max = 10_000) int hours) {
        var now = ids(
                new EvictionDecider(spec(null), NOW).decide(scopes, Set.of()).evictions());
        var later = ids(new EvictionDecider(spec(null), NOW.plus(Duration.ofHours(hours)))
                .decide(scopes, Set.of())
                .evictions());

        assertThat(later).containsAll(now);
    }

    /** Retention uses the earlier of two clocks, so its time is ahead only if both are. */
    @Property
    void slowClockDeletesNoScopeThatIsNotIdle(
            @ForAll("scopeSets") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 0, max = 100_000) int hours) {
        var evicted = new EvictionDecider(spec(null), NOW.minus(Duration.ofHours(hours)))
                .decide(scopes, Set.of())
                .evictions();

        assertThat(evicted)
                .filteredOn(it -> it.cause() == EvictionCause.Idle)
                .allSatisfy(it -> assertThat(Duration.between(it.scope().lastUsed(), NOW))
                        .isGreaterThanOrEqualTo(Duration.ofDays(it.scope().trust() == Trust.Trusted ? 30 : 3)));
    }

    /** Budgets do not depend on the time. */
    @Property
    void slowClockStillMeetsBudgets(
            @ForAll("scopeSets") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 1, max = 200) int total) {
        var remaining = new ArrayList<>(scopes);
        new EvictionDecider(spec(total + "Gi"), Instant.EPOCH)
                .decide(scopes, Set.of())
                .evictions()
                .forEach(eviction -> remaining.remove(eviction.scope()));

        assertThat(remaining.stream().mapToLong(EvictionCandidate::used).sum() <= total * ScopeFixture.GIB
                        || remaining.stream().noneMatch(scope -> mayBeDeletedForBudget(remaining, scope)))
                .isTrue();
    }

    @Property
    void forecastListsRemainingScopesOnce(
            @ForAll("scopeSets") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 1, max = 200) int total) {
        var decision = new EvictionDecider(spec(total + "Gi"), NOW).decide(scopes, Set.of());
        var next = decision.next().stream().map(it -> it.scope().id()).toList();

        assertThat(next).hasSizeLessThanOrEqualTo(10).doesNotHaveDuplicates();
        assertThat(ids(decision.evictions())).doesNotContainAnyElementsOf(next.isEmpty() ? List.of("none") : next);
        assertThat(decision.next()).allSatisfy(it -> assertThat(scopes).contains(it.scope()));
    }

    @Provide
    Arbitrary<List<EvictionCandidate>> scopeSets() {
        return Arbitraries.longs().map(seed -> scopeSet(new Random(seed)));
    }

    private static List<EvictionCandidate> scopeSet(Random random) {
        var count = random.nextInt(25);
        var trusted =
                IntStream.range(0, count).mapToObj(_ -> random.nextInt(3) == 0).toList();
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    var fixture = trusted.get(i)
                            ? ScopeFixture.trusted("r" + i, used(random))
                                    .sealed(used(random).plusSeconds(i))
                            : ScopeFixture.untrusted("r" + i, used(random));
                    fixture = fixture.pipeline("p" + random.nextInt(3)).gib(random.nextInt(20));
                    fixture = random.nextInt(6) == 0 ? fixture.inUse() : fixture;
                    fixture = random.nextInt(6) == 0 ? fixture.refClosed() : fixture;
                    fixture = random.nextInt(8) == 0 ? fixture.defaultBranch() : fixture;
                    // A scope needs only earlier ones, so there is no cycle.
                    return i > 0 && random.nextInt(3) == 0
                            ? fixture.reads("r" + random.nextInt(i)).scope()
                            : fixture.scope();
                })
                .toList();
    }

    private static Instant used(Random random) {
        return NOW.minus(Duration.ofHours(random.nextInt(24 * 50)));
    }

    private static List<Eviction> decide(List<EvictionCandidate> scopes, int total) {
        return new EvictionDecider(spec(total + "Gi"), NOW)
                .decide(scopes, Set.of())
                .evictions();
    }

    private static RetentionSpec spec(@Nullable String total) {
        return new RetentionSpec(
                new Trusted("30d", 3, RefClosedAction.Keep),
                new Untrusted("3d", RefClosedAction.Delete, null),
                total,
                total);
    }

    private static Set<String> ids(List<Eviction> evictions) {
        return evictions.stream().map(it -> it.scope().id()).collect(Collectors.toSet());
    }

    private static boolean reads(EvictionCandidate reader, EvictionCandidate scope) {
        return !reader.id().equals(scope.id())
                && scope.claims().stream().anyMatch(claim -> reader.reads().contains(claim));
    }

    private static boolean mayBeDeletedForBudget(List<EvictionCandidate> remaining, EvictionCandidate scope) {
        return !scope.inUse()
                && remaining.stream().noneMatch(other -> reads(other, scope))
                && (scope.trust() == Trust.Untrusted || (!scope.defaultBranch() && !holdsNewest(remaining, scope)));
    }

    private static boolean holdsNewest(List<EvictionCandidate> remaining, EvictionCandidate scope) {
        return scope.newest().entrySet().stream()
                .anyMatch(own -> remaining.stream()
                        .filter(other -> other.trust() == Trust.Trusted
                                && other.owner().equals(scope.owner())
                                && !other.id().equals(scope.id()))
                        .map(EvictionCandidate::newest)
                        .flatMap(newest -> Optional.ofNullable(newest.get(own.getKey())).stream())
                        .allMatch(own.getValue()::isAfter));
    }
}
