package dev.hearth.core.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.sweep.Orphan.Cause;
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

/** Which objects count as orphans, and after how many sweeps. */
class OrphanTrackerTest {
    private static final ManagedObject.Owner SCOPE = new ManagedObject.Owner("CacheScope", "main", "scope-1");
    private static final ManagedObject.Owner RUN = new ManagedObject.Owner("PipelineRun", "run", "run-1");

    @Example
    void confirmsAnObjectWithoutOwnersAtTheSecondSweep() {
        var sweeps = new Sweeps();
        var map = object(ManagedObject.Kind.ConfigMap, "refs", List.of());

        assertThat(sweeps.sweep(List.of(map), live())).isEmpty();
        assertThat(sweeps.sweep(List.of(map), live())).containsExactly(new Orphan(map, Cause.Unowned));
        assertThat(sweeps.reported).containsExactly("refs");
        // One that could not be deleted is an orphan again, but reported only once.
        assertThat(sweeps.sweep(List.of(map), live())).hasSize(1);
        assertThat(sweeps.reported).containsExactly("refs");
    }

    @Example
    void confirmsAnObjectWhoseOwnersWereAllDeleted() {
        var sweeps = new Sweeps();
        var files = object(
                ManagedObject.Kind.PersistentVolumeClaim,
                "files",
                List.of(RUN, new ManagedObject.Owner("PipelineRun", "other", "run-2")));

        sweeps.sweep(List.of(files), live("run-2"));
        assertThat(sweeps.sweep(List.of(files), live("run-2"))).isEmpty();
        sweeps.sweep(List.of(files), live());
        assertThat(sweeps.sweep(List.of(files), live())).containsExactly(new Orphan(files, Cause.OwnerGone));
    }

    @Example
    void countsAgainForAnotherObjectOfTheSameName() {
        var sweeps = new Sweeps();
        var map = object(ManagedObject.Kind.ConfigMap, "refs", List.of());

        sweeps.sweep(List.of(map), live());
        sweeps.sweep(List.of(), live());
        assertThat(sweeps.sweep(List.of(map), live())).isEmpty();
    }

    @Example
    void countsAgainForAnotherCause() {
        var sweeps = new Sweeps();
        var pod = object(ManagedObject.Kind.Pod, "pod", List.of(RUN));

        sweeps.sweep(List.of(pod), live());
        assertThat(sweeps.sweep(List.of(with(pod, List.of())), live())).isEmpty();
    }

    @Example
    void ignoresObjectsThatAreBeingDeleted() {
        var sweeps = new Sweeps();
        var deleting = ManagedObjectBuilder.builder()
                .kind(ManagedObject.Kind.Pod)
                .namespace("ns")
                .name("pod")
                .uid("uid")
                .version("1")
                .pipeline("app")
                .owners(List.of())
                .deleting(true)
                .build();

        sweeps.sweep(List.of(deleting), live());
        assertThat(sweeps.sweep(List.of(deleting), live())).isEmpty();
    }

    @Example
    void assumesThatOwnersOfOtherKindsExist() {
        var sweeps = new Sweeps();
        var pod = object(ManagedObject.Kind.Pod, "pod", List.of(new ManagedObject.Owner("Job", "job", "job-1")));

        sweeps.sweep(List.of(pod), live());
        assertThat(sweeps.sweep(List.of(pod), live())).isEmpty();
    }

    @Example
    void runOfAnExistingPipelineMayStillBeAdopted() {
        var sweeps = new Sweeps();
        var run = object(ManagedObject.Kind.PipelineRun, "mine", List.of());
        var followed = new LiveOwners(Set.of(), Set.of("ns/app"), List.of());

        sweeps.sweep(List.of(run), followed);
        assertThat(sweeps.sweep(List.of(run), followed)).isEmpty();
        sweeps.sweep(List.of(run), live());
        assertThat(sweeps.sweep(List.of(run), live())).hasSize(1);
    }

    @Example
    void confirmsAClaimThatNoStatusNamesAtTheThirdSweep() {
        var sweeps = new Sweeps();
        var old = object(ManagedObject.Kind.PersistentVolumeClaim, "hearth-main-linux", List.of(SCOPE));
        var scope = scope("ns", "scope-1", true, "hearth-main-linux-rootless", "hearth-main-linux-6");

        sweeps.sweep(List.of(old), owners(scope));
        assertThat(sweeps.sweep(List.of(old), owners(scope))).isEmpty();
        assertThat(sweeps.sweep(List.of(old), owners(scope))).containsExactly(new Orphan(old, Cause.Unnamed));
    }

    @Example
    void keepsAClaimThatAStatusNamesOrMayNameAgain() {
        var claim = object(ManagedObject.Kind.PersistentVolumeClaim, "hearth-main-linux", List.of(SCOPE));

        assertKept(claim, owners(scope("ns", "scope-1", true, "hearth-main-linux")));
        // Another scope has it as its seed.
        assertKept(claim, owners(scope("ns", "scope-1", true), scope("ns", "scope-2", true, "hearth-main-linux/3")));
        // No run has finished on one of the scope's volumes, so that volume may use its earlier claim again.
        assertKept(claim, owners(scope("ns", "scope-1", false)));
        // Only claims must be named.
        assertKept(
                object(ManagedObject.Kind.VolumeSnapshot, "hearth-main-linux", List.of(SCOPE)),
                owners(scope("ns", "scope-1", true)));
    }

    @Example
    void ignoresNamesInOtherNamespaces() {
        var sweeps = new Sweeps();
        var claim = object(ManagedObject.Kind.PersistentVolumeClaim, "hearth-main-linux", List.of(SCOPE));
        var existing = owners(scope("ns", "scope-1", true), scope("other", "scope-2", true, "hearth-main-linux"));

        sweeps.sweep(List.of(claim), existing);
        sweeps.sweep(List.of(claim), existing);
        assertThat(sweeps.sweep(List.of(claim), existing)).hasSize(1);
    }

    @Property
    void confirmsNoObjectWhoseOwnerExists(
            @ForAll("sweeps") List<Set<Integer>> ownersBySweep, @ForAll("objects") List<ManagedObject> objects) {
        var sweeps = new Sweeps();

        for (Set<Integer> existing : ownersBySweep) {
            var uids = existing.stream().map(it -> "owner-" + it).toArray(String[]::new);
            assertThat(sweeps.sweep(objects, live(uids)))
                    .allSatisfy(orphan ->
                            assertThat(orphan.object().owners()).noneMatch(owner -> existing.contains(number(owner))));
        }
    }

    @Property
    void confirmsNoObjectThatHadAnOwnerInTheSweepBefore(
            @ForAll("sweeps") List<Set<Integer>> ownersBySweep, @ForAll("objects") List<ManagedObject> objects) {
        var sweeps = new Sweeps();
        var before = Set.<String>of();

        for (Set<Integer> existing : ownersBySweep) {
            var orphaned = objects.stream()
                    .filter(it -> !it.deleting())
                    .filter(it -> it.owners().stream().noneMatch(owner -> existing.contains(number(owner))))
                    .map(ManagedObject::uid)
                    .collect(Collectors.toSet());
            var expected = new HashSet<>(orphaned);
            expected.retainAll(before);
            var uids = existing.stream().map(it -> "owner-" + it).toArray(String[]::new);

            assertThat(sweeps.sweep(objects, live(uids)))
                    .extracting(orphan -> orphan.object().uid())
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
                        .map(n -> new ManagedObject.Owner("PipelineRun", "run-" + n, "owner-" + n))
                        .toList());
        return Combinators.combine(
                        Arbitraries.of(ManagedObject.Kind.values()),
                        owners,
                        Arbitraries.of(true, false),
                        Arbitraries.integers())
                .as((kind, them, deleting, n) -> ManagedObjectBuilder.builder()
                        .kind(kind)
                        .namespace("ns")
                        .name("object-" + n)
                        .uid("uid-" + n)
                        .version("1")
                        .pipeline("app")
                        .owners(them)
                        .deleting(deleting)
                        .build())
                .list()
                .uniqueElements(ManagedObject::uid)
                .ofMaxSize(8);
    }

    private static int number(ManagedObject.Owner owner) {
        return Integer.parseInt(owner.uid().substring("owner-".length()));
    }

    private static void assertKept(ManagedObject object, LiveOwners existing) {
        var sweeps = new Sweeps();
        for (var count = 0; count < 5; count++) {
            assertThat(sweeps.sweep(List.of(object), existing)).isEmpty();
        }
    }

    private static ManagedObject object(ManagedObject.Kind kind, String name, List<ManagedObject.Owner> owners) {
        return ManagedObjectBuilder.builder()
                .kind(kind)
                .namespace("ns")
                .name(name)
                .uid("uid-of-" + name)
                .version("7")
                .pipeline("app")
                .owners(owners)
                .deleting(false)
                .build();
    }

    private static ManagedObject with(ManagedObject object, List<ManagedObject.Owner> owners) {
        return object.withVersion("8").withOwners(owners);
    }

    private static LiveOwners.Scope scope(String namespace, String uid, boolean settled, String... texts) {
        return new LiveOwners.Scope(namespace, uid, Set.of(texts), settled);
    }

    private static LiveOwners live(String... uids) {
        return new LiveOwners(Set.of(uids), Set.of(), List.of());
    }

    private static LiveOwners owners(LiveOwners.Scope... scopes) {
        return new LiveOwners(
                Stream.of(scopes).map(LiveOwners.Scope::uid).collect(Collectors.toSet()), Set.of(), List.of(scopes));
    }

    /** Runs one sweep after the other. */
    private static final class Sweeps {
        private final List<String> reported = new ArrayList<>();
        private OrphanTracker tracker = OrphanTracker.NONE;

        List<Orphan> sweep(List<ManagedObject> object, LiveOwners existing) {
            var update = tracker.update(object, existing);
            update.newlyConfirmed(tracker)
                    .forEach(orphan -> reported.add(orphan.object().name()));
            tracker = update.tracker();
            return update.orphans();
        }
    }
}
