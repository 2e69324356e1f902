package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ScopeVolume;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CacheMountTest {

    /** Of the run that the volume was seeded for, and of a later one. */
    @ParameterizedTest
    @CsvSource({
        "Overlay,  first, true",
        "Overlay,  later, true",
        "Copy,     first, true",
        "Copy,     later, false",
        "Snapshot, first, false",
        "Snapshot, later, false",
    })
    void mountsTheVolumesWhoseLayersItReads(String mode, String run, boolean mounts) {
        assertThat(mount(mode, run).readClaims()).isEqualTo(mounts ? Set.of("main") : Set.of());
    }

    @ParameterizedTest
    @CsvSource({"first, Copy: generation 1 of main", "later, Own: of run first"})
    void saysWhereTheContentComesFrom(String run, String origin) {
        assertThat(mount("Copy", run).origin()).isEqualTo(origin);
    }

    private static CacheMount mount(String mode, String run) {
        return CacheMount.of(Serialization.unmarshal("""
                platform: linux/amd64
                claim: own
                isolation: UserNamespace
                run: %s
                seed:
                  mode: %s
                  message: generation 1 of main
                  run: first
                  needs: [{claim: main, number: 1}, {claim: own, number: 2}]
                lastUse: {run: first, at: "2026-01-01T00:00:00Z", commit: c, used: 1Mi}
                """.formatted(run, mode), ScopeVolume.class));
    }
}
