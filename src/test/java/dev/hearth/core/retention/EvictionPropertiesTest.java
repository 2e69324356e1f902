package dev.hearth.core.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.RefClosedAction;
import dev.hearth.api.RetentionSpec;
import dev.hearth.api.RetentionSpec.Trusted;
import dev.hearth.api.RetentionSpec.Untrusted;
import dev.hearth.api.Trust;
import dev.hearth.core.retention.EvictionDecider.Eviction;
import dev.hearth.core.retention.EvictionDecider.Reason;
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

/** What holds of retention for any scopes whatever. */
class EvictionPropertiesTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
    private static final Set<Reason> BUDGETS = Set.of(Reason.PipelineBudget, Reason.TotalBudget);

    @Property
    void neverTakesWhatARunHasOrOthersRead(
            @ForAll("worlds") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 1, max = 200) int total) {
        var left = new ArrayList<>(scopes);
        for (Eviction eviction : decide(scopes, total)) {
            assertThat(eviction.scope().inUse()).isFalse();
            left.remove(eviction.scope());
            assertThat(left).noneMatch(other -> reads(other, eviction.scope()));
        }
    }

    @Property
    void budgetNeverTakesTheNewestTrustedGenerationOrTheDefaultBranch(
            @ForAll("worlds") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 1, max = 200) int total) {
        var left = new ArrayList<>(scopes);
        for (Eviction eviction : decide(scopes, total)) {
            if (BUDGETS.contains(eviction.reason()) && eviction.scope().trust() == Trust.Trusted) {
                assertThat(eviction.scope().defaultBranch()).isFalse();
                assertThat(holdsNewest(left, eviction.scope())).isFalse();
            }
            left.remove(eviction.scope());
        }
    }

    @Property
    void budgetTakesUntrustedFirstAndOfEqualTrustTheLeastRecentlyUsed(
            @ForAll("worlds") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 1, max = 200) int total) {
        var left = new ArrayList<>(scopes);
        for (Eviction eviction : decide(scopes, total)) {
            if (BUDGETS.contains(eviction.reason())) {
                var taken = eviction.scope();
                var rivals = left.stream()
                        .filter(other -> eviction.reason() == Reason.TotalBudget
                                || other.owner().equals(taken.owner()))
                        .filter(other -> mayBeSpent(left, other));
                assertThat(rivals).allSatisfy(other -> {
                    assertThat(other.trust() == Trust.Untrusted && taken.trust() == Trust.Trusted)
                            .isFalse();
                    assertThat(other.trust() == taken.trust()
                                    && other.lastUsed().isBefore(taken.lastUsed()))
                            .isFalse();
                });
            }
            left.remove(eviction.scope());
        }
    }

    @Property
    void budgetHoldsOrNothingIsLeftToTake(
            @ForAll("worlds") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 1, max = 200) int total) {
        var left = new ArrayList<>(scopes);
        decide(scopes, total).forEach(eviction -> left.remove(eviction.scope()));

        var used = left.stream().mapToLong(EvictionCandidate::used).sum();

        assertThat(used <= total * ScopeFixture.GIB || left.stream().noneMatch(scope -> mayBeSpent(left, scope)))
                .isTrue();
    }

    @Property
    void laterClockNeverDeletesLess(
            @ForAll("worlds") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 0, max = 10_000) int hours) {
        var now = ids(
                new EvictionDecider(spec(null), NOW).decide(scopes, Set.of()).evictions());
        var later = ids(new EvictionDecider(spec(null), NOW.plus(Duration.ofHours(hours)))
                .decide(scopes, Set.of())
                .evictions());

        assertThat(later).containsAll(now);
    }

    /** The time that counts is the earlier of two clocks, so it is never ahead unless both are. */
    @Property
    void clockThatIsBehindDeletesNothingForItsAgeThatIsNotOld(
            @ForAll("worlds") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 0, max = 100_000) int hours) {
        var evicted = new EvictionDecider(spec(null), NOW.minus(Duration.ofHours(hours)))
                .decide(scopes, Set.of())
                .evictions();

        assertThat(evicted)
                .filteredOn(it -> it.reason() == Reason.Idle)
                .allSatisfy(it -> assertThat(Duration.between(it.scope().lastUsed(), NOW))
                        .isGreaterThanOrEqualTo(Duration.ofDays(it.scope().trust() == Trust.Trusted ? 30 : 3)));
    }

    /** Budgets do not ask what time it is. */
    @Property
    void clockThatIsBehindKeepsBudgets(
            @ForAll("worlds") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 1, max = 200) int total) {
        var left = new ArrayList<>(scopes);
        new EvictionDecider(spec(total + "Gi"), Instant.EPOCH)
                .decide(scopes, Set.of())
                .evictions()
                .forEach(eviction -> left.remove(eviction.scope()));

        assertThat(left.stream().mapToLong(EvictionCandidate::used).sum() <= total * ScopeFixture.GIB
                        || left.stream().noneMatch(scope -> mayBeSpent(left, scope)))
                .isTrue();
    }

    @Property
    void whatWouldBeNextIsThereAndNotTwice(
            @ForAll("worlds") List<EvictionCandidate> scopes, @ForAll @IntRange(min = 1, max = 200) int total) {
        var decision = new EvictionDecider(spec(total + "Gi"), NOW).decide(scopes, Set.of());
        var next = decision.next().stream().map(it -> it.scope().id()).toList();

        assertThat(next).hasSizeLessThanOrEqualTo(10).doesNotHaveDuplicates();
        assertThat(ids(decision.evictions())).doesNotContainAnyElementsOf(next.isEmpty() ? List.of("none") : next);
        assertThat(decision.next()).allSatisfy(it -> assertThat(scopes).contains(it.scope()));
    }

    @Provide
    Arbitrary<List<EvictionCandidate>> worlds() {
        return Arbitraries.longs().map(seed -> world(new Random(seed)));
    }

    private static List<EvictionCandidate> world(Random random) {
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
                    // Only older ones are read, so that nothing reads itself in a circle.
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

    private static boolean mayBeSpent(List<EvictionCandidate> left, EvictionCandidate scope) {
        return !scope.inUse()
                && left.stream().noneMatch(other -> reads(other, scope))
                && (scope.trust() == Trust.Untrusted || (!scope.defaultBranch() && !holdsNewest(left, scope)));
    }

    private static boolean holdsNewest(List<EvictionCandidate> left, EvictionCandidate scope) {
        return scope.newest().entrySet().stream()
                .anyMatch(own -> left.stream()
                        .filter(other -> other.trust() == Trust.Trusted
                                && other.owner().equals(scope.owner())
                                && !other.id().equals(scope.id()))
                        .map(EvictionCandidate::newest)
                        .flatMap(newest -> Optional.ofNullable(newest.get(own.getKey())).stream())
                        .allMatch(own.getValue()::isAfter));
    }
}
