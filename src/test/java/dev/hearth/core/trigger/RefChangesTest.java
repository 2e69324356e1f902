package dev.hearth.core.trigger;

import static dev.hearth.core.Specs.triggers;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class RefChangesTest {
    private static final Map<String, String> REFS = Map.of(
            "refs/heads/main", "a1",
            "refs/heads/release/1", "b1",
            "refs/heads/feature/x/y", "c1",
            "refs/tags/v1", "d1",
            "refs/pull/7/head", "e1");

    @Test
    void firstListingStartsBranchesAndTagsButNoPullRequests() {
        var changes =
                RefChanges.between(RefLedger.EMPTY, REFS, triggers(List.of("main", "release/*"), List.of("v*"), true));

        assertThat(changes.starts())
                .extracting(start -> start.ref().name())
                .containsExactly("refs/heads/main", "refs/heads/release/1", "refs/tags/v1");
        assertThat(changes.ledger().group(RefGroup.PULL_REQUESTS))
                .hasValueSatisfying(refs ->
                        assertThat(refs.contains("refs/pull/7/head", "e1")).isTrue());
        assertThat(changes.problem()).isEmpty();
    }

    @Test
    void laterListingsStartTheRemainingRefs() {
        var refs = new HashMap<String, String>(Map.of("refs/pull/1/head", "p1"));
        IntStream.range(0, 2 * RefChanges.MAX_STARTS + 5).forEach(i -> refs.put("refs/heads/b" + i, "a" + i));
        var triggers = triggers(List.of("**"), List.of(), true);
        var started = new HashSet<RefChanges.Start>();

        var ledger = RefLedger.ofLines("");
        for (int left = RefChanges.MAX_STARTS + 5; left > -RefChanges.MAX_STARTS; left -= RefChanges.MAX_STARTS) {
            var changes = RefChanges.between(ledger, refs, triggers);
            assertThat(changes.starts()).hasSizeLessThanOrEqualTo(RefChanges.MAX_STARTS);
            assertThat(changes.waiting()).isEqualTo(Math.max(0, left));
            assertThat(started).doesNotContainAnyElementsOf(changes.starts());
            started.addAll(changes.starts());
            ledger = changes.ledger();
        }

        assertThat(started).hasSize(2 * RefChanges.MAX_STARTS + 5);
        assertThat(RefChanges.between(ledger, refs, triggers).starts()).isEmpty();
    }

    @Test
    void laterListingStartsUpdatedRefs() {
        var before = RefLedger.ofLines("a0 refs/heads/main\ne0 refs/pull/7/head\n");

        var changes = RefChanges.between(before, REFS, triggers(List.of("main"), List.of(), true));

        assertThat(changes.starts()).extracting(RefChanges.Start::commit).containsExactly("a1", "e1");
    }

    @Test
    void unchangedRefsStartNothing() {
        var triggers = triggers(List.of("**"), List.of("*"), true);
        var first = RefChanges.between(RefLedger.EMPTY, REFS, triggers);

        assertThat(RefChanges.between(first.ledger(), REFS, triggers).starts()).isEmpty();
    }

    @Test
    void namesAMissingBranch() {
        var changes = RefChanges.between(RefLedger.EMPTY, REFS, triggers(List.of("mian"), List.of(), false));

        assertThat(changes.problem())
                .hasValueSatisfying(problem ->
                        assertThat(problem.message()).contains("mian", "it has feature/x/y, main, release/1"));
    }

    @Test
    void acceptsAPatternThatMatchesNothing() {
        assertThat(RefChanges.between(RefLedger.EMPTY, REFS, triggers(List.of("hotfix/*"), List.of(), false))
                        .problem())
                .isEmpty();
    }

    @Property
    void comparesAnyPatternWithAnyRef(@ForAll String pattern, @ForAll String branch) {
        var refs = Map.of("refs/heads/" + branch, "a1");

        var changes = RefChanges.between(RefLedger.EMPTY, refs, triggers(List.of(pattern), List.of(), true));

        assertThat(changes.starts().size()).isLessThanOrEqualTo(1);
    }

    @Test
    void pullRequestsOfTheirFirstListingStartNothing() {
        var before = RefChanges.between(RefLedger.EMPTY, REFS, triggers(List.of("main"), List.of(), false));

        var changes = RefChanges.between(before.ledger(), REFS, triggers(List.of("main"), List.of(), true));
        assertThat(changes.starts()).isEmpty();

        var pushed = new HashMap<>(REFS);
        pushed.put("refs/pull/7/head", "e2");
        assertThat(RefChanges.between(changes.ledger(), pushed, triggers(List.of("main"), List.of(), true))
                        .starts())
                .extracting(RefChanges.Start::commit)
                .containsExactly("e2");
    }

    @Test
    void startsARefAgainThatCouldNotStart() {
        var triggers = triggers(List.of("**"), List.of("*"), true);
        var first = RefChanges.between(RefLedger.EMPTY, REFS, triggers);
        var refused = first.starts().subList(0, 1);

        assertThat(RefChanges.between(first.ledger().without(refused), REFS, triggers)
                        .starts())
                .isEqualTo(refused);
    }

    @Test
    void refRecordOfEarlierVersionsStartsNothingAgain() {
        var lines = REFS.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey() + "\n")
                .collect(Collectors.joining());

        assertThat(RefChanges.between(RefLedger.ofLines(lines), REFS, triggers(List.of("**"), List.of("*"), true))
                        .starts())
                .isEmpty();
    }

    /** Refs are pushed and deleted, and crashes lose listings, at random. Each update of a ref starts one run. */
    @Property(tries = 300)
    void everyUpdateOfARefStartsOneRun(@ForAll @Size(max = 40) List<@IntRange(max = 63) Integer> moves) {
        var triggers = triggers(List.of("**"), List.of("*"), true);
        var refs = new HashMap<String, String>();
        var wanted = new ArrayList<String>();
        var started = new ArrayList<String>();
        var ledger = RefChanges.between(RefLedger.EMPTY, refs, triggers).ledger();
        for (int move : moves) {
            var name = List.of("refs/heads/a", "refs/tags/b", "refs/pull/1/head", "refs/pull/2/head")
                    .get(move & 3);
            var commit = String.valueOf(move >> 2 & 3);
            if (move >> 4 == 3) {
                refs.remove(name);
            } else if (!commit.equals(refs.put(name, commit))) {
                wanted.add(name + "@" + commit);
            }
            if (move >> 4 == 2) { // a crash before the ledger was written, whose runs are made again under their names
                RefChanges.between(ledger, refs, triggers);
            }
            var changes = RefChanges.between(ledger, refs, triggers);
            changes.starts().forEach(start -> started.add(start.ref().name() + "@" + start.commit()));
            ledger = changes.ledger();
        }

        assertThat(started).isEqualTo(wanted);
    }

    /** For any number of refs and shards. */
    @Property(tries = 100)
    void shardsContainExactlyTheSet(
            @ForAll @Size(max = 200) Set<@AlphaChars @StringLength(min = 1, max = 8) String> names,
            @ForAll @IntRange(max = 5) int exponent) {
        var builder = new Fingerprints.Builder();
        names.forEach(name -> builder.add(name, "a1"));
        var all = builder.build();
        var shards = 1 << exponent;

        var joined = Fingerprints.join(IntStream.range(0, shards)
                .mapToObj(number -> all.shard(number, shards))
                .toList());

        assertThat(joined).isEqualTo(all).returns(names.size(), Fingerprints::size);
        assertThat(names).allMatch(name -> joined.contains(name, "a1")).noneMatch(name -> joined.contains(name, "a2"));
    }
}
