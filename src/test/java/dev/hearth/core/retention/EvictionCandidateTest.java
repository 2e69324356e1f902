package dev.hearth.core.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Trust;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EvictionCandidateTest {

    @Test
    void hasWhatRetentionNeedsOfAScope() {
        var candidate = EvictionCandidate.of(scope("""
                used: 3072Mi
                lastUsed: "2026-02-01T00:00:00Z"
                volumes:
                - platform: linux/amd64
                  claim: hearth-app-1-linux-amd64
                  run: run-1
                  seed: {mode: Overlay, message: "", run: run-1, claim: hearth-app-0-linux-amd64, needs: [{claim: hearth-app-0-linux-amd64, number: 3}]}
                  generations:
                  - {number: 2, state: Candidate, run: a, commit: c, added: 1Mi, size: 1Mi, at: "2026-02-01T00:00:00Z", exported: false, buildkit: b}
                  - {number: 1, state: Sealed, run: a, commit: c, added: 1Mi, size: 1Mi, at: "2026-01-20T00:00:00Z", exported: false, buildkit: b}
                """));

        assertThat(candidate.used()).isEqualTo(3L << 20);
        assertThat(candidate.lastUsed()).isEqualTo(Instant.parse("2026-02-01T00:00:00Z"));
        assertThat(candidate.inUse()).isTrue();
        assertThat(candidate.trust()).isEqualTo(Trust.Untrusted);
        assertThat(candidate.refClosed()).isTrue();
        assertThat(candidate.defaultBranch()).isFalse();
        assertThat(candidate.claims()).contains("ci/hearth-app-1-linux-amd64", "ci/hearth-app-1-linux-amd64-rootless");
        assertThat(candidate.reads()).containsExactly("ci/hearth-app-0-linux-amd64");
        assertThat(candidate.newest()).isEqualTo(Map.of("linux/amd64", Instant.parse("2026-01-20T00:00:00Z")));
    }

    @Test
    void isInUseWhileATaskUsesItsTaskCaches() {
        assertThat(EvictionCandidate.of(scope("taskCaches: [{os: Linux, claim: c, users: [run-1]}]"))
                        .inUse())
                .isTrue();
        assertThat(EvictionCandidate.of(scope("taskCaches: [{os: Linux, claim: c, users: []}]"))
                        .inUse())
                .isFalse();
    }

    /** Once a run has finished on a copy, the copy needs nothing of its source. */
    @Test
    void readsNoClaimThatItWasCopiedFrom() {
        var candidate = EvictionCandidate.of(scope("""
                volumes:
                - platform: linux/amd64
                  claim: hearth-app-1-linux-amd64
                  seed: {mode: Copy, message: "", run: run-1, claim: other, needs: [{claim: other, number: 3}]}
                  lastUse: {run: run-1, at: "2026-02-01T00:00:00Z", commit: c, succeeded: true, used: 1Mi}
                """));

        assertThat(candidate.inUse()).isFalse();
        assertThat(candidate.reads()).isEqualTo(Set.of());
    }

    /** The operator's clock may have been behind when it recorded the time. */
    @Test
    void wasNotUsedBeforeItWasCreated() {
        assertThat(EvictionCandidate.of(scope("lastUsed: \"1970-01-01T00:00:00Z\""))
                        .lastUsed())
                .isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
        assertThat(EvictionCandidate.of(scope("volumes: []")).lastUsed())
                .isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
    }

    private static CacheScope scope(String status) {
        return Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: CacheScope
                metadata:
                  namespace: ci
                  name: app-1
                  creationTimestamp: "2026-01-01T00:00:00Z"
                  annotations: {hearth.dev/ref-closed: "2026-02-02T00:00:00Z"}
                spec: {pipeline: app, ref: refs/pull/1/head, trust: Untrusted, platforms: [linux/amd64]}
                status:
                """ + status.indent(2), CacheScope.class);
    }
}
