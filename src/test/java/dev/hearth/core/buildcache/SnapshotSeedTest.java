package dev.hearth.core.buildcache;

import static dev.hearth.api.SeedMode.Copy;
import static dev.hearth.api.SeedMode.Overlay;
import static dev.hearth.api.SeedMode.Snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeSpecBuilder;
import dev.hearth.api.CacheScopeStatusBuilder;
import dev.hearth.api.GenerationRef;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.PendingSnapshot;
import dev.hearth.api.PendingSnapshotBuilder;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolumeBuilder;
import dev.hearth.api.ScopeVolumeLastUseBuilder;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.SealedGeneration.State;
import dev.hearth.api.SealedGenerationBuilder;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When a new volume is restored from a VolumeSnapshot of a trusted one, and the message if it is not. */
class SnapshotSeedTest {
    private static final String MAIN = "refs/heads/main";
    private static final String BUILDKIT = "buildkit:1";
    private static final List<SeedMode> SNAPSHOT_THEN_COPY = List.of(Snapshot, Copy);

    @Test
    void restoresTheVolumeFromTheNewestSnapshot() {
        var seed = choose(SNAPSHOT_THEN_COPY, true, List.of(), generation(3, "deps", "claim-3"));

        assertThat(seed.mode()).isEqualTo(Snapshot);
        assertThat(seed.snapshot()).isEqualTo("claim-3");
        assertThat(seed.generation()).isEqualTo(3);
        assertThat(seed.needs()).containsExactly(new GenerationRef("claim", null, 3));
    }

    @Test
    void usesAnOlderSnapshotWithTheSameRecipe() {
        var seed = choose(
                SNAPSHOT_THEN_COPY, true, List.of(), generation(3, "deps", null), generation(2, "deps", "claim-2"));

        assertThat(seed.mode()).isEqualTo(Snapshot);
        assertThat(seed.generation()).isEqualTo(2);
        assertThat(seed.needs()).containsExactly(new GenerationRef("claim", null, 2));
    }

    @Test
    void doesNotUseAnOlderSnapshotWithAnotherRecipe() {
        var seed = choose(
                SNAPSHOT_THEN_COPY, true, List.of(), generation(3, "deps", null), generation(2, "old", "claim-2"));

        assertThat(seed.mode()).isEqualTo(Copy);
        assertThat(seed.generation()).isEqualTo(3);
        assertThat(seed.message()).contains("not by Snapshot of refs/heads/main: it has no VolumeSnapshot");
    }

    @Test
    void messageShowsTheDriversError() {
        var failed = PendingSnapshotBuilder.builder()
                .name("claim-3")
                .claim("claim")
                .generation(3)
                .error("disk full")
                .build();

        var seed = choose(SNAPSHOT_THEN_COPY, true, List.of(failed), generation(3, "deps", null));

        assertThat(seed.mode()).isEqualTo(Copy);
        assertThat(seed.message()).contains("its VolumeSnapshot claim-3 failed: disk full");
    }

    @Test
    void doesNotRestoreAnExistingVolume() {
        var seed = choose(SNAPSHOT_THEN_COPY, false, List.of(), generation(3, "deps", "claim-3"));

        assertThat(seed.mode()).isEqualTo(Copy);
        assertThat(seed.message()).contains("the volume exists already");
    }

    @Test
    void messageSaysThatTheClusterHasNoSnapshotApi() {
        var sources = sources(List.of(), generation(3, "deps", null)).stream()
                .map(source -> source.withoutSnapshot("the cluster has no VolumeSnapshot API"))
                .toList();

        var seed = choose(SNAPSHOT_THEN_COPY, true, sources);

        assertThat(seed.mode()).isEqualTo(Copy);
        assertThat(seed.message()).contains("the cluster has no VolumeSnapshot API");
    }

    @Test
    void volumesOfOtherRefsAreNotMountedIfSnapshotsComeFirst() {
        assertThat(SeedChoice.mountsOthers(List.of(Overlay, Snapshot))).isTrue();
        assertThat(SeedChoice.mountsOthers(List.of(Copy))).isTrue();
        assertThat(SeedChoice.mountsOthers(List.of(Snapshot, Overlay))).isFalse();
        assertThat(SeedChoice.mountsOthers(List.of())).isFalse();
    }

    @Test
    void needsNoSnapshotsIfOverlayIsAlwaysChosenFirst() {
        assertThat(SeedChoice.needsSnapshots(List.of(Overlay, Snapshot, Copy), IsolationForm.UserNamespace))
                .isFalse();
        assertThat(SeedChoice.needsSnapshots(List.of(Overlay, Snapshot, Copy), IsolationForm.Privileged))
                .isTrue();
        assertThat(SeedChoice.needsSnapshots(List.of(Copy, Snapshot, Overlay), IsolationForm.UserNamespace))
                .isTrue();
        assertThat(SeedChoice.needsSnapshots(List.of(Copy), IsolationForm.Privileged))
                .isFalse();
    }

    /** Only the first run shows that storage has read the snapshot. */
    @Test
    void snapshotIsInUseUntilARunUsesTheVolume() {
        var seed = choose(SNAPSHOT_THEN_COPY, true, List.of(), generation(3, "deps", "claim-3"));
        var made = ScopeVolume.unused("linux/amd64", "mine").withSeed(seed);
        var last = ScopeVolumeLastUseBuilder.builder()
                .run("run")
                .at("2026-01-01T00:00:00Z")
                .commit("c")
                .succeeded(true)
                .used("1Mi")
                .build();
        var used = ScopeVolumeBuilder.builder()
                .platform("linux/amd64")
                .claim("mine")
                .repeatsCommit(false)
                .seed(seed)
                .lastUse(last)
                .build();

        assertThat(new SeedIndex(List.of(scope("refs/pull/1/head", List.of(), made))).restoring())
                .containsExactly("claim-3");
        assertThat(new SeedIndex(List.of(scope("refs/pull/1/head", List.of(), used))).restoring())
                .isEmpty();
    }

    private static Seed choose(
            List<SeedMode> modes, boolean fresh, List<PendingSnapshot> pending, SealedGeneration... generations) {
        return choose(modes, fresh, sources(pending, generations));
    }

    private static Seed choose(List<SeedMode> modes, boolean fresh, List<SeedSource> sources) {
        return new SeedChoice(
                        modes,
                        sources,
                        new SeedChoice.Constraints(
                                Trust.Trusted, IsolationForm.UserNamespace, fresh, 1 << 20, BUILDKIT))
                .choose("run");
    }

    private static List<SeedSource> sources(List<PendingSnapshot> pending, SealedGeneration... generations) {
        var main =
                scope(MAIN, pending, ScopeVolume.unused("linux/amd64", "claim").withGenerations(List.of(generations)));
        var reader = scope("refs/pull/1/head", List.of());
        return new SeedIndex(List.of(main, reader)).sources(reader, "linux/amd64", List.of(MAIN), "deps");
    }

    private static CacheScope scope(String ref, List<PendingSnapshot> pending, ScopeVolume... volumes) {
        var scope = new CacheScope();
        var trust = ref.equals(MAIN) ? Trust.Trusted : Trust.Untrusted;
        scope.setSpec(CacheScopeSpecBuilder.builder()
                .pipeline("app")
                .ref(ref)
                .trust(trust)
                .platforms(List.of("linux/amd64"))
                .build());
        scope.setStatus(CacheScopeStatusBuilder.builder()
                .trust(trust)
                .volumes(List.of(volumes))
                .pendingSnapshots(pending)
                .build());
        return scope;
    }

    private static SealedGeneration generation(int number, String recipe, @Nullable String snapshot) {
        return SealedGenerationBuilder.builder()
                .number(number)
                .state(State.Sealed)
                .run("run")
                .commit("c0ffee")
                .added("1Mi")
                .size("10Mi")
                .at("2026-01-01T00:00:00Z")
                .exported(false)
                .buildkit(BUILDKIT)
                .recipe(recipe)
                .snapshot(snapshot)
                .isolation(IsolationForm.UserNamespace)
                .build();
    }
}
