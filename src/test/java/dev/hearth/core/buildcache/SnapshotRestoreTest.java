package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolume.Wait;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.core.text.PollInterval;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SnapshotRestoreTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final Seed SEED =
            new Seed(SeedMode.Snapshot, "of main", "refs/heads/main", "main", 1, "c0ffee", "snap", "run", List.of());
    private static final ScopeVolume NEW =
            ScopeVolume.unused("linux/amd64", "claim").seeded(SEED);
    private static final SnapshotRestore.Unmade ASKED = new SnapshotRestore.Unmade("snap", true, Optional.empty());

    @Test
    void thereIsNothingToWaitForOnceItHasItsVolume() {
        assertThat(at(NOON, since(NOON.minusSeconds(500)), Optional.empty())).isEqualTo(new SnapshotRestore.Idle());
    }

    /** Where volumes follow pods: a cluster may take minutes to get another node, and none of it is storage's fault. */
    @Test
    void timeRunsFromWhenTheDriverIsAsked() {
        var unasked = new SnapshotRestore.Unmade("snap", false, Optional.empty());

        assertThat(at(NOON, NEW, Optional.of(unasked))).isEqualTo(new SnapshotRestore.Idle());
        assertThat(at(NOON, NEW, Optional.of(ASKED))).isEqualTo(waiting(NOON, ""));
    }

    @Test
    void waitKeepsItsBeginningAndSaysWhatTheDriverSays() {
        var refusing = ASKED.saying(Optional.of("quota exceeded"));

        assertThat(at(NOON.plusSeconds(59), since(NOON), Optional.of(refusing)))
                .isEqualTo(waiting(NOON, ": quota exceeded"));
    }

    @Test
    void whatTakesTooLongIsOverdueAndSaysWhy() {
        var refusing = ASKED.saying(Optional.of("quota exceeded"));

        assertThat(at(NOON.plusSeconds(60), since(NOON), Optional.of(refusing)))
                .isEqualTo(new SnapshotRestore.Overdue(
                        "storage made no volume from VolumeSnapshot snap within 60 s: quota exceeded"));
    }

    /** Left by an operator that died between two writes, or by hand: nobody else would ever end it. */
    @Test
    void claimThatIsToBeMadeFromSomethingElseIsNotWaitedFor() {
        var other = new SnapshotRestore.Unmade("other", true, Optional.empty());

        assertThat(at(NOON, NEW, Optional.of(other))).isInstanceOf(SnapshotRestore.Overdue.class);
        assertThat(at(NOON, NEW.seeded(null), Optional.of(ASKED))).isInstanceOf(SnapshotRestore.Overdue.class);
    }

    @Test
    void looksGrowRarerAndNeverMissTheLimit() {
        assertThat(PollInterval.after(Duration.ZERO)).isEqualTo(Duration.ofSeconds(2));
        assertThat(PollInterval.after(Duration.ofSeconds(40))).isEqualTo(Duration.ofSeconds(10));
        assertThat(PollInterval.after(Duration.ofDays(1))).isEqualTo(Duration.ofMinutes(2));
        assertThat(PollInterval.until(Duration.ofMinutes(1), Duration.ofSeconds(59)))
                .isEqualTo(Duration.ofSeconds(1));
        assertThat(PollInterval.until(Duration.ofMinutes(1), Duration.ofSeconds(61)))
                .isPositive();
    }

    private static SnapshotRestore at(Instant now, ScopeVolume before, Optional<SnapshotRestore.Unmade> claim) {
        return SnapshotRestore.of(before, claim, Duration.ofMinutes(1), now);
    }

    private static ScopeVolume since(Instant since) {
        return NEW.waiting(new Wait(since.toString(), "waits"));
    }

    private static SnapshotRestore waiting(Instant since, String said) {
        return new SnapshotRestore.Waiting(
                new Wait(since.toString(), "storage makes the cache volume from VolumeSnapshot snap" + said));
    }
}
