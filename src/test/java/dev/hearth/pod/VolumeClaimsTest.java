package dev.hearth.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.GenerationRef;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolumeBuilder;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedBuilder;
import dev.hearth.api.SeedMode;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.buildcache.SnapshotRestore;
import dev.hearth.core.buildcache.StorageChoice;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Claims that are made from SnapshotClient. */
class VolumeClaimsTest {
    private static final Seed SEED = SeedBuilder.builder()
            .mode(SeedMode.Snapshot)
            .message("generation 1")
            .run("run")
            .ref("refs/heads/main")
            .claim("main")
            .generation(1)
            .commit("c0ffee")
            .snapshot("snap")
            .needs(List.of(new GenerationRef("main", "uid", 1)))
            .build();

    @Test
    void isAsLargeAsThePolicySaysWhereThatIsMore() {
        assertThat(size(claim("900Mi"))).isEqualTo("2Gi");
        assertThat(size(claim("2147483648"))).isEqualTo("2Gi");
    }

    @Test
    void waitsForStorageUntilItIsBound() {
        var claim = claim("1Gi");
        assertThat(VolumeClaims.pendingRestore(claim))
                .hasValue(new SnapshotRestore.UnboundClaim("snap", false, Optional.empty()));

        claim = claim.edit()
                .editMetadata()
                .addToAnnotations("volume.kubernetes.io/storage-provisioner", "csi.example")
                .endMetadata()
                .withNewStatus()
                .withPhase("Pending")
                .endStatus()
                .build();
        assertThat(VolumeClaims.pendingRestore(claim))
                .hasValue(new SnapshotRestore.UnboundClaim("snap", true, Optional.empty()));

        claim.getStatus().setPhase("Bound");
        assertThat(VolumeClaims.pendingRestore(claim)).isEmpty();
    }

    /** Or the volume's node would be where the other volume is, which is what snapshots are to spare. */
    @Test
    void podDoesNotMountTheVolumeThatTheSnapshotIsOf() {
        var volume = ScopeVolumeBuilder.builder()
                .platform("linux/amd64")
                .claim("claim")
                .repeatsCommit(false)
                .isolation(IsolationForm.UserNamespace)
                .run("run")
                .seed(SEED)
                .build();

        assertThat(CacheMount.of(volume).seeding()).isTrue();
        assertThat(CacheMount.of(volume).readClaims()).isEmpty();
    }

    private static PersistentVolumeClaim claim(String restoreSize) {
        return VolumeClaims.cache(
                "ci",
                "app",
                "scope",
                ScopeVolume.unused("linux/amd64", "claim").withSeed(SEED),
                new StorageChoice(Optional.of("fast"), "2Gi"),
                restoreSize,
                new OwnerReferenceBuilder().withUid("u").build());
    }

    private static String size(PersistentVolumeClaim claim) {
        return String.valueOf(claim.getSpec().getResources().getRequests().get("storage"));
    }
}
