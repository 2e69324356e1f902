package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolume.Wait;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedBuilder;
import dev.hearth.api.SeedMode;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SnapshotRestoreTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final Seed SEED = SeedBuilder.builder()
            .mode(SeedMode.Snapshot)
            .message("of main")
            .run("run")
            .ref("refs/heads/main")
            .claim("main")
            .generation(1)
            .commit("c0ffee")
            .snapshot("snap")
            .build();
    private static final ScopeVolume NEW =
            ScopeVolume.unused("linux/amd64", "claim").withSeed(SEED);
    private static final SnapshotRestore.UnboundClaim REQUESTED =
            new SnapshotRestore.UnboundClaim("snap", true, Optional.empty());

    /** With WaitForFirstConsumer, a cluster may take minutes to add a node. That time does not count. */
    @Test
    void limitCountsFromTheRequestForProvisioning() {
        var unrequested = new SnapshotRestore.UnboundClaim("snap", false, Optional.empty());

        assertThat(at(NOON, NEW, unrequested)).isEqualTo(new SnapshotRestore.Idle());
        assertThat(at(NOON, NEW, REQUESTED)).isEqualTo(waiting(NOON, ""));
    }

    @Test
    void waitKeepsItsStartAndShowsTheDriversError() {
        var refusing = REQUESTED.withError("quota exceeded");

        assertThat(at(NOON.plusSeconds(59), since(NOON), refusing)).isEqualTo(waiting(NOON, ": quota exceeded"));
    }

    @Test
    void isOverdueAfterTheLimitAndShowsTheDriversError() {
        var refusing = REQUESTED.withError("quota exceeded");

        assertThat(at(NOON.plusSeconds(60), since(NOON), refusing))
                .isInstanceOfSatisfying(
                        SnapshotRestore.Overdue.class,
                        overdue -> assertThat(overdue.why())
                                .contains("VolumeSnapshot snap", "within 60 s", "seedWithin", "quota exceeded"));
    }

    /** Such a claim can remain after a crash of the operator, or be created by hand. */
    @Test
    void doesNotWaitForARestoreOfAnotherSnapshot() {
        var other = new SnapshotRestore.UnboundClaim("other", true, Optional.empty());

        assertThat(at(NOON, NEW, other)).isInstanceOf(SnapshotRestore.Overdue.class);
        assertThat(at(NOON, NEW.withSeed(null), REQUESTED)).isInstanceOf(SnapshotRestore.Overdue.class);
    }

    @Test
    void pollIntervalGrowsAndEndsAtTheLimit() {
        assertThat(PollInterval.after(Duration.ZERO)).isEqualTo(Duration.ofSeconds(2));
        assertThat(PollInterval.after(Duration.ofSeconds(40))).isEqualTo(Duration.ofSeconds(10));
        assertThat(PollInterval.after(Duration.ofDays(1))).isEqualTo(Duration.ofMinutes(2));
        assertThat(PollInterval.until(Duration.ofMinutes(1), Duration.ofSeconds(59)))
                .isEqualTo(Duration.ofSeconds(1));
        assertThat(PollInterval.until(Duration.ofMinutes(1), Duration.ofSeconds(61)))
                .isPositive();
    }

    private static SnapshotRestore at(Instant now, ScopeVolume before, SnapshotRestore.UnboundClaim claim) {
        return SnapshotRestore.of(before, claim, Duration.ofMinutes(1), now);
    }

    private static ScopeVolume since(Instant since) {
        return NEW.withWaiting(new Wait(since.toString(), "waits"));
    }

    private static SnapshotRestore waiting(Instant since, String error) {
        return new SnapshotRestore.Waiting(new Wait(
                since.toString(), "waiting for storage to restore the cache volume from VolumeSnapshot snap" + error));
    }
}
