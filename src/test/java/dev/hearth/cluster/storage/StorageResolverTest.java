package dev.hearth.cluster.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.Trust;
import dev.hearth.cluster.storage.StorageResolver.Followed;
import dev.hearth.cluster.storage.StorageResolver.Selection;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a watch does not show yet, and the API server has. */
class StorageResolverTest {
    private static final StorageResolver RESOLVER = new StorageResolver(new NoStorage(), new Everything());

    @Test
    void storageIsMissingOnlyIfTheApiServerSaysSo() {
        assertThat(RESOLVER.choose("policy", "ci", Trust.Trusted)).isInstanceOf(Selection.Chosen.class);
        assertThat(RESOLVER.choose(CachePolicySpec.DEFAULT, Trust.Trusted)).isInstanceOf(Selection.Chosen.class);
        assertThat(RESOLVER.isExpandable("class")).isTrue();
        assertThat(new StorageResolver(new NoStorage()).choose("policy", "ci", Trust.Trusted))
                .isInstanceOf(Selection.Missing.class);
    }

    @Test
    void apiServerDecidesWhetherThereIsADefaultPolicy() {
        assertThat(RESOLVER.hasDefaultPolicy()).isTrue();
        assertThat(new StorageResolver(new Everything(), new NoStorage()).hasDefaultPolicy())
                .isFalse();
    }

    @Test
    void presentPolicyIsThatOfTheApiServer() {
        assertThat(RESOLVER.policy("policy", "ci")).isEqualTo(new Followed.Policy(Optional.empty()));
        assertThat(RESOLVER.policyNow("policy", "ci"))
                .isEqualTo(new Followed.Policy(Optional.of(CachePolicySpec.DEFAULT)));
    }

    /** A cluster with a policy, which is the default one, and a StorageClass, which is the default one too. */
    private static final class Everything extends NoStorage {
        @Override
        public Optional<CachePolicy> policy(String name) {
            var policy = new CachePolicy();
            policy.setSpec(CachePolicySpec.DEFAULT);
            return Optional.of(policy);
        }

        @Override
        public Optional<CachePolicy> defaultPolicy() {
            return policy("default");
        }

        @Override
        public Optional<StorageClass> storageClass(String name) {
            return Optional.of(
                    new StorageClassBuilder().withAllowVolumeExpansion(true).build());
        }

        @Override
        public boolean hasDefaultClass() {
            return true;
        }
    }
}
