package dev.hearth.results;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.results.ResultShares.Held;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Results are never deleted for a run that has less claim to the space. */
class ResultSharesTest {
    private static final StoreLimits LIMITS = new StoreLimits(1024, 4096, 8192, 16384);

    @Test
    void deletesTheOldestUntrustedResultsFirst() {
        var others = List.of(held("a", 1, 3000, 1, true), held("a", 2, 3000, 3, false), held("a", 3, 2000, 2, false));

        assertThat(ResultShares.makeSpace(others, held("a", 9, 4000, 9, true), LIMITS))
                .hasValue(List.of(others.get(2).run(), others.get(1).run()));
    }

    @Test
    void deletesResultsOfTheLargestNamespace() {
        var others = List.of(
                held("a", 1, 4000, 1, false),
                held("b", 2, 4000, 3, false),
                held("b", 3, 4000, 2, false),
                held("c", 4, 4000, 4, false));

        assertThat(ResultShares.makeSpace(others, held("a", 9, 1000, 9, false), LIMITS))
                .hasValue(List.of(others.get(2).run()));
    }

    @Property
    void neverDeletesTrustedResultsForAnUntrustedRun(@ForAll("helds") List<Held> others, @ForAll("runs") Held wanted) {
        var flood = new Held(wanted.run(), wanted.bytes(), wanted.since(), false);

        assertThat(ResultShares.makeSpace(others, flood, LIMITS).orElse(List.of()))
                .noneMatch(deleted -> others.stream().filter(of(deleted)).anyMatch(Held::trusted));
    }

    @Property
    void neverReducesAnotherNamespaceBelowItsEqualShare(
            @ForAll("helds") List<Held> others, @ForAll("runs") Held wanted) {
        var deleted = ResultShares.makeSpace(others, wanted, LIMITS).orElse(List.of());

        deleted.stream()
                .map(RunId::namespace)
                .filter(namespace -> !namespace.equals(wanted.run().namespace()))
                .distinct()
                .forEach(namespace -> {
                    var last = deleted.stream()
                            .filter(run -> run.namespace().equals(namespace))
                            .reduce((_, later) -> later)
                            .orElseThrow();
                    var before = sum(
                            others,
                            it -> it.run().namespace().equals(namespace)
                                    && (!deleted.contains(it.run()) || it.run().equals(last)));
                    assertThat(before).isGreaterThanOrEqualTo(LIMITS.total() / 4);
                });
    }

    @Property
    void meetsTheLimitsAfterTheDeletions(@ForAll("helds") List<Held> others, @ForAll("runs") Held wanted) {
        ResultShares.makeSpace(others, wanted, LIMITS).ifPresent(deleted -> {
            assertThat(sum(others, it -> !deleted.contains(it.run())) + wanted.bytes())
                    .isLessThanOrEqualTo(LIMITS.total());
            assertThat(sum(
                                    others,
                                    it -> !deleted.contains(it.run())
                                            && it.run()
                                                    .namespace()
                                                    .equals(wanted.run().namespace()))
                            + wanted.bytes())
                    .isLessThanOrEqualTo(LIMITS.namespace());
        });
    }

    @Provide
    static Arbitrary<List<Held>> helds() {
        return runs().list()
                .ofMaxSize(12)
                .map(list -> IntStream.range(0, list.size())
                        .mapToObj(at -> {
                            var it = list.get(at);
                            return held(it.run().namespace(), at, it.bytes(), it.since(), it.trusted());
                        })
                        .toList());
    }

    @Provide
    static Arbitrary<Held> runs() {
        return Combinators.combine(
                        Arbitraries.of("a", "b", "c", "d"),
                        Arbitraries.longs().between(0, 4096),
                        Arbitraries.longs().between(0, 20),
                        Arbitraries.of(true, false))
                .as((namespace, bytes, since, trusted) -> held(namespace, 99, bytes, since, trusted));
    }

    private static Predicate<Held> of(RunId run) {
        return held -> held.run().equals(run);
    }

    private static long sum(List<Held> all, Predicate<Held> counted) {
        return all.stream().filter(counted).mapToLong(Held::bytes).sum();
    }

    private static Held held(String namespace, int number, long bytes, long since, boolean trusted) {
        return new Held(new RunId(namespace, "run-" + number, "uid-" + number), bytes, since, trusted);
    }
}
