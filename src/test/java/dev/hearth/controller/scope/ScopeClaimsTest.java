package dev.hearth.controller.scope;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScopeClaimsTest {
    private static final CacheScope SCOPE =
            Serialization.unmarshal("metadata: {name: scope, namespace: ci, uid: mine}", CacheScope.class);

    private static final ScopeClaims CLAIMS = new ScopeClaims(
            SCOPE,
            List.of(
                    claim("bound", "mine", "", "Bound"),
                    claim("pending", "mine", "", "Pending"),
                    claim("tasks", "mine", "hearth.dev/task-caches: Linux", "Bound"),
                    claim("lost", "mine", "", "Lost"),
                    claim("lostTasks", "mine", "hearth.dev/task-caches: Linux", "Lost"),
                    deleted(claim("deleted", "mine", "", "Bound")),
                    deleted(claim("lostAndDeleted", "mine", "", "Lost")),
                    claim("former", "of an earlier scope", "", "Bound")));

    @Test
    void eachCacheClaimIsEitherUsableOrNot() {
        assertThat(CLAIMS.usable()).containsOnlyKeys("bound", "pending");
        assertThat(CLAIMS.unusable()).containsExactlyInAnyOrder("lost", "deleted", "lostAndDeleted", "former");
    }

    @Test
    void claimsOfTaskCachesAreExpandedToo() {
        assertThat(CLAIMS.taskCaches()).containsOnlyKeys("tasks", "lostTasks");
        assertThat(CLAIMS.expandable())
                .extracting(claim -> claim.getMetadata().getName())
                .containsExactlyInAnyOrder("bound", "pending", "tasks");
    }

    @Test
    void onlyOwnClaimsThatAreNotBeingDeletedCountAsLost() {
        assertThat(CLAIMS.lost())
                .extracting(claim -> claim.getMetadata().getName())
                .containsExactlyInAnyOrder("lost", "lostTasks");
    }

    private static PersistentVolumeClaim claim(String name, String owner, String label, String phase) {
        return Serialization.unmarshal("""
                metadata:
                  name: %s
                  namespace: ci
                  labels: {%s}
                  ownerReferences:
                  - {apiVersion: hearth.dev/v1alpha1, kind: CacheScope, name: scope, uid: %s, controller: true}
                status: {phase: %s}
                """.formatted(name, label, owner, phase), PersistentVolumeClaim.class);
    }

    private static PersistentVolumeClaim deleted(PersistentVolumeClaim claim) {
        claim.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
        return claim;
    }
}
