package dev.hearth.core.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.sweep.Orphan.Reason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Which objects are taken for orphans, and when. */
class OrphanTrackerTest {
    private static final ObjectOwner SCOPE = new ObjectOwner("CacheScope", "main", "scope-1");
    private static final ObjectOwner RUN = new ObjectOwner("PipelineRun", "run", "run-1");

    @Example
    void anObjectWithoutOwnersIsAnOrphanAtTheSecondLook() {
        var sweeps = new Sweeps();
        var map = made(ManagedKind.ConfigMap, "refs", List.of());

        assertThat(sweeps.look(List.of(map), living())).isEmpty();
        assertThat(sweeps.look(List.of(map), living())).containsExactly(new Orphan(map, Reason.Unowned));
        assertThat(sweeps.news).containsExactly("refs");
        // One that could not be removed is tried again, and told of once.
        assertThat(sweeps.look(List.of(map), living())).hasSize(1);
        assertThat(sweeps.news).containsExactly("refs");
    }

    @Example
    void anObjectWhoseOwnersAreAllGoneIsAnOrphan() {
        var sweeps = new Sweeps();
        var files = made(
                ManagedKind.PersistentVolumeClaim,
                "files",
                List.of(RUN, new ObjectOwner("PipelineRun", "other", "run-2")));

        sweeps.look(List.of(files), living("run-2"));
        assertThat(sweeps.look(List.of(files), living("run-2"))).isEmpty();
        sweeps.look(List.of(files), living());
        assertThat(sweeps.look(List.of(files), living())).containsExactly(new Orphan(files, Reason.OwnerGone));
    }

    @Example
    void anotherOfTheSameNameBeginsAnew() {
        var sweeps = new Sweeps();
        var map = made(ManagedKind.ConfigMap, "refs", List.of());

        sweeps.look(List.of(map), living());
        sweeps.look(List.of(), living());
        assertThat(sweeps.look(List.of(map), living())).isEmpty();
    }

    @Example
    void anotherReasonBeginsAnew() {
        var sweeps = new Sweeps();
        var pod = made(ManagedKind.Pod, "pod", List.of(RUN));

        sweeps.look(List.of(pod), living());
        assertThat(sweeps.look(List.of(with(pod, List.of())), living())).isEmpty();
    }

    @Example
    void whatIsBeingDeletedIsLeftToWhoeverDeletesIt() {
        var sweeps = new Sweeps();
        var leaving = new ManagedObject(ManagedKind.Pod, "ns", "pod", "uid", "1", "app", List.of(), true);

        sweeps.look(List.of(leaving), living());
        assertThat(sweeps.look(List.of(leaving), living())).isEmpty();
    }

    @Example
    void ownersOfOtherKindsAreTakenToLive() {
        var sweeps = new Sweeps();
        var pod = made(ManagedKind.Pod, "pod", List.of(new ObjectOwner("Job", "job", "job-1")));

        sweeps.look(List.of(pod), living());
        assertThat(sweeps.look(List.of(pod), living())).isEmpty();
    }

    @Example
    void aRunThatSomebodyMadeWaitsForItsPipelineToAdoptIt() {
        var sweeps = new Sweeps();
        var run = made(ManagedKind.PipelineRun, "mine", List.of());
        var followed = new LiveOwners(Set.of(), Set.of("ns/app"), List.of());

        sweeps.look(List.of(run), followed);
        assertThat(sweeps.look(List.of(run), followed)).isEmpty();
        sweeps.look(List.of(run), living());
        assertThat(sweeps.look(List.of(run), living())).hasSize(1);
    }

    @Example
    void aClaimThatNoStatusNamesIsAnOrphanAtTheThirdLook() {
        var sweeps = new Sweeps();
        var old = made(ManagedKind.PersistentVolumeClaim, "hearth-main-linux", List.of(SCOPE));
        var scope = scope("ns", "scope-1", true, "hearth-main-linux-rootless", "hearth-main-linux-6");

        sweeps.look(List.of(old), saying(scope));
        assertThat(sweeps.look(List.of(old), saying(scope))).isEmpty();
        assertThat(sweeps.look(List.of(old), saying(scope))).containsExactly(new Orphan(old, Reason.Unnamed));
    }

    @Example
    void aClaimThatSomebodyNamesStays() {
        var claim = made(ManagedKind.PersistentVolumeClaim, "hearth-main-linux", List.of(SCOPE));

        assertStays(claim, saying(scope("ns", "scope-1", true, "hearth-main-linux")));
        // Another scope has started from it.
        assertStays(claim, saying(scope("ns", "scope-1", true), scope("ns", "scope-2", true, "hearth-main-linux/3")));
        // A volume of the scope has had no run to its end: it may go back to what it had.
        assertStays(claim, saying(scope("ns", "scope-1", false)));
        // What is not a claim has a name of its own.
        assertStays(
                made(ManagedKind.VolumeSnapshot, "hearth-main-linux", List.of(SCOPE)),
                saying(scope("ns", "scope-1", true)));
    }

    @Example
    void whatAnotherNamespaceNamesIsNoneOfOurs() {
        var sweeps = new Sweeps();
        var claim = made(ManagedKind.PersistentVolumeClaim, "hearth-main-linux", List.of(SCOPE));
        var living = saying(scope("ns", "scope-1", true), scope("other", "scope-2", true, "hearth-main-linux"));

        sweeps.look(List.of(claim), living);
        sweeps.look(List.of(claim), living);
        assertThat(sweeps.look(List.of(claim), living)).hasSize(1);
    }

    @Property
    void nothingGoesWhoseOwnerLives(
            @ForAll("sweeps") List<Set<Integer>> alive, @ForAll("objects") List<ManagedObject> objects) {
        var sweeps = new Sweeps();

        for (Set<Integer> living : alive) {
            var uids = living.stream().map(it -> "owner-" + it).toArray(String[]::new);
            assertThat(sweeps.look(objects, living(uids)))
                    .allSatisfy(orphan ->
                            assertThat(orphan.made().owners()).noneMatch(owner -> living.contains(number(owner))));
        }
    }

    @Property
    void nothingGoesThatWasNotAnOrphanAtTheLookBefore(
            @ForAll("sweeps") List<Set<Integer>> alive, @ForAll("objects") List<ManagedObject> objects) {
        var sweeps = new Sweeps();
        var before = Set.<String>of();

        for (Set<Integer> living : alive) {
            var orphaned = objects.stream()
                    .filter(it -> !it.leaving())
                    .filter(it -> it.owners().stream().noneMatch(owner -> living.contains(number(owner))))
                    .map(ManagedObject::uid)
                    .collect(Collectors.toSet());
            var expected = new HashSet<>(orphaned);
            expected.retainAll(before);
            var uids = living.stream().map(it -> "owner-" + it).toArray(String[]::new);

            assertThat(sweeps.look(objects, living(uids)))
                    .extracting(orphan -> orphan.made().uid())
                    .isSubsetOf(expected);
            before = orphaned;
        }
    }

    @Provide
    Arbitrary<List<Set<Integer>>> sweeps() {
        return Arbitraries.integers()
                .between(0, 4)
                .set()
                .ofMaxSize(5)
                .list()
                .ofMinSize(1)
                .ofMaxSize(6);
    }

    @Provide
    Arbitrary<List<ManagedObject>> objects() {
        var owners = Arbitraries.integers()
                .between(0, 4)
                .set()
                .ofMaxSize(2)
                .map(it -> it.stream()
                        .map(n -> new ObjectOwner("PipelineRun", "run-" + n, "owner-" + n))
                        .toList());
        return Combinators.combine(
                        Arbitraries.of(ManagedKind.values()),
                        owners,
                        Arbitraries.of(true, false),
                        Arbitraries.integers())
                .as((kind, them, leaving, n) ->
                        new ManagedObject(kind, "ns", "object-" + n, "uid-" + n, "1", "app", them, leaving))
                .list()
                .uniqueElements(ManagedObject::uid)
                .ofMaxSize(8);
    }

    private static int number(ObjectOwner owner) {
        return Integer.parseInt(owner.uid().substring("owner-".length()));
    }

    private static void assertStays(ManagedObject made, LiveOwners living) {
        var sweeps = new Sweeps();
        for (var look = 0; look < 5; look++) {
            assertThat(sweeps.look(List.of(made), living)).isEmpty();
        }
    }

    private static ManagedObject made(ManagedKind kind, String name, List<ObjectOwner> owners) {
        return new ManagedObject(kind, "ns", name, "uid-of-" + name, "7", "app", owners, false);
    }

    private static ManagedObject with(ManagedObject made, List<ObjectOwner> owners) {
        return new ManagedObject(
                made.kind(), made.namespace(), made.name(), made.uid(), "8", made.pipeline(), owners, made.leaving());
    }

    private static LiveScope scope(String namespace, String uid, boolean settled, String... words) {
        return new LiveScope(namespace, uid, Set.of(words), settled);
    }

    private static LiveOwners living(String... uids) {
        return new LiveOwners(Set.of(uids), Set.of(), List.of());
    }

    private static LiveOwners saying(LiveScope... scopes) {
        return new LiveOwners(
                Stream.of(scopes).map(LiveScope::uid).collect(Collectors.toSet()), Set.of(), List.of(scopes));
    }

    /** One sweep after the other. */
    private static final class Sweeps {
        private final List<String> news = new ArrayList<>();
        private OrphanTracker suspects = OrphanTracker.NONE;

        List<Orphan> look(List<ManagedObject> made, LiveOwners living) {
            var verdict = suspects.update(made, living);
            verdict.newlyConfirmed(suspects)
                    .forEach(orphan -> news.add(orphan.made().name()));
            suspects = verdict.suspects();
            return verdict.orphans();
        }
    }
}
