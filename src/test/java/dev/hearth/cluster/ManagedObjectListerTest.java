package dev.hearth.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatusBuilder;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolumeLastUseBuilder;
import dev.hearth.api.Trust;
import dev.hearth.core.sweep.LiveOwners;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The sweep reads scopes without their schema, so it must use the names of fields that the schema has. */
class ManagedObjectListerTest {
    private static final ScopeVolume UNUSED = ScopeVolume.unused("linux/amd64", "hearth-main-linux-amd64");
    private static final ScopeVolume USED = UNUSED.withLastUse(ScopeVolumeLastUseBuilder.builder()
            .run("run")
            .at("2026-01-01T00:00:00Z")
            .commit("c0ffee")
            .succeeded(true)
            .used("1Mi")
            .build());

    @Test
    void scopeIsSettledOnceARunHasFinishedOnEachVolume() {
        assertThat(read(USED).settled()).isTrue();
        assertThat(read(USED, UNUSED).settled()).isFalse();
        assertThat(read().settled()).isFalse();
    }

    private static LiveOwners.Scope read(ScopeVolume... volumes) {
        var scope = new CacheScope();
        scope.setMetadata(new ObjectMetaBuilder()
                .withNamespace("ns")
                .withName("main")
                .withUid("uid")
                .build());
        scope.setStatus(CacheScopeStatusBuilder.builder()
                .trust(Trust.Trusted)
                .volumes(List.of(volumes))
                .build());
        return ManagedObjectLister.scope(
                Serialization.unmarshal(Serialization.asJson(scope), GenericKubernetesResource.class));
    }
}
