package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.core.isolation.IsolationStatus;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScopeStatusFactoryTest {

    @Test
    void unusedScopeHasNoLastRun() {
        var status = status("""
                volumes: [{platform: linux/amd64, claim: a}]
                """);

        assertThat(status.used()).isNull();
        assertThat(status.cached()).isNull();
        assertThat(status.lastRun()).isNull();
        assertThat(status.lastUsed()).isNull();
    }

    @Test
    void addsSizesOfAllVolumesAndStepsOfTheLastRun() {
        var status = status("""
                volumes:
                - {platform: linux/amd64, claim: a, lastUse: {run: new, at: "2026-01-02T00:00:00Z", used: 1Mi, cached: 3/4}}
                - {platform: linux/arm64, claim: b, lastUse: {run: new, at: "2026-01-02T00:00:01Z", used: 2Mi, cached: 1/5}}
                - {platform: linux/s390x, claim: c, lastUse: {run: old, at: "2026-01-01T00:00:00Z", used: 4Mi, cached: 9/9}}
                taskCaches:
                - {os: Linux, claim: t, used: 8Mi, observed: "2026-01-01T12:00:00Z", runs: [between]}
                """);

        assertThat(status)
                .returns("15Mi", CacheScopeStatus::used)
                .returns("4/9", CacheScopeStatus::cached)
                .returns("new", CacheScopeStatus::lastRun)
                .returns("2026-01-02T00:00:01Z", CacheScopeStatus::lastUsed);
    }

    @Test
    void laterUseOfATaskCacheIsTheLastUse() {
        var status = status("""
                volumes:
                - {platform: linux/amd64, claim: a, lastUse: {run: build, at: "2026-01-02T00:00:00Z", used: 1Mi}}
                taskCaches:
                - {os: Linux, claim: t, observed: "2026-01-02T00:00:01Z", runs: [first, last]}
                - {os: Windows, claim: w, observed: "2026-01-03T00:00:00Z", runs: []}
                """);

        assertThat(status)
                .returns("last", CacheScopeStatus::lastRun)
                .returns("2026-01-02T00:00:01Z", CacheScopeStatus::lastUsed)
                .returns(null, CacheScopeStatus::cached);
    }

    @Test
    void readinessCountsSeededVolumesAndNamesProblems() {
        var scope = scope("""
                volumes:
                - {platform: linux/amd64, claim: a, seed: {mode: Cold, message: m, run: r}}
                - {platform: linux/arm64, claim: b}
                """);

        assertThat(ScopeStatusFactory.ready(scope.volumes(), List.of("volume a stays at 1Gi"))
                        .message())
                .isEqualTo("1 volumes, one per platform; volume a stays at 1Gi");
    }

    private static CacheScopeStatus status(String status) {
        var scope = scope(status);
        return ScopeStatusFactory.of(
                scope, IsolationStatus.of(null), 7, scope.volumes(), scope.taskCaches(), List.of(), List.of());
    }

    private static CacheScope scope(String status) {
        return Serialization.unmarshal("""
                metadata: {name: scope, generation: 1}
                spec: {pipeline: app, ref: refs/heads/main, trust: Trusted, platforms: [linux/amd64]}
                status:
                """ + status.indent(2), CacheScope.class);
    }
}
