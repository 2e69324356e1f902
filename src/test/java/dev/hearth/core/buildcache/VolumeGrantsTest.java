package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.core.buildcache.VolumeGrants.Claimant;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VolumeGrantsTest {
    private static final String AMD64 = "linux/amd64";
    private static final Claimant OLD = new Claimant("old", Instant.EPOCH, Set.of(AMD64));
    private static final Claimant NEW = new Claimant("new", Instant.EPOCH.plusSeconds(1), Set.of(AMD64));

    @Test
    void grantsAFreeVolumeToTheOldestRun() {
        assertThat(grant(Map.of(), Map.of(), List.of(NEW, OLD))).containsEntry(AMD64, "old");
    }

    @Test
    void holderKeepsTheVolumeWhileItHasUnfinishedBuilds() {
        assertThat(grant(Map.of(AMD64, "new"), Map.of(), List.of(NEW, OLD))).containsEntry(AMD64, "new");
    }

    @Test
    void holderKeepsTheVolumeUntilItsPodIsDeleted() {
        assertThat(grant(Map.of(AMD64, "deleted"), Map.of(AMD64, Set.of("deleted")), List.of(OLD)))
                .containsEntry(AMD64, "deleted");
    }

    @Test
    void deletedRunReleasesTheVolume() {
        assertThat(grant(Map.of(AMD64, "deleted"), Map.of(), List.of(OLD))).containsEntry(AMD64, "old");
    }

    @Test
    void mountingPodIsTheHolderIfTheStatusWasLost() {
        assertThat(grant(Map.of(), Map.of(AMD64, Set.of("running")), List.of(OLD)))
                .containsEntry(AMD64, "running");
    }

    @Test
    void volumeThatNoRunNeedsHasNoHolder() {
        assertThat(grant(Map.of(AMD64, "deleted"), Map.of(), List.of())).isEmpty();
    }

    @Test
    void runWithoutBuildsForThePlatformDoesNotGetItsVolume() {
        assertThat(grant(Map.of(), Map.of(), List.of(new Claimant("arm", Instant.EPOCH, Set.of("linux/arm64")), NEW)))
                .containsEntry(AMD64, "new");
    }

    @Test
    void runClaimsTheVolumesOfItsUnfinishedBuilds() {
        var run = Serialization.unmarshal("""
                metadata: {name: run, creationTimestamp: "1970-01-01T00:00:00Z"}
                spec: {ref: refs/heads/main}
                status:
                  pipelineSpec:
                    source: {url: "https://git.example/app"}
                    builds: [{name: tool, platforms: [linux/amd64, linux/arm64, linux/s390x]}]
                  steps:
                  - {name: tool/linux/amd64, state: Running}
                  - {name: tool/linux/arm64, state: Succeeded}
                """, PipelineRun.class);

        assertThat(Claimant.of(List.of(run)))
                .containsExactly(new Claimant("run", Instant.EPOCH, Set.of(AMD64, "linux/s390x")));
    }

    private static Map<String, String> grant(
            Map<String, String> holders, Map<String, Set<String>> mounted, List<Claimant> claimants) {
        return VolumeGrants.grant(Set.of(AMD64), holders, mounted, claimants);
    }
}
