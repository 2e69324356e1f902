package dev.hearth.controller.scope;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Trust;
import dev.hearth.cluster.VolumeSnapshots;
import dev.hearth.controller.support.Settings;
import dev.hearth.core.cache.Neighbours;
import dev.hearth.testbed.Answers;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScopeObserverTest {
    @ParameterizedTest
    @CsvSource({"Trusted, 2097152", "Untrusted, 1048576"})
    void volumeHasTheSizeThatItsClaimWasMadeWith(Trust trust, long kib) throws IOException {
        var policy = Serialization.unmarshal(
                "storage: {size: 2Gi}\nretention: {untrusted: {size: 1Gi}}", CachePolicySpec.class);
        var scope = Serialization.unmarshal("""
                metadata: {name: scope, namespace: ci}
                spec: {pipeline: hello, ref: refs/heads/main, trust: %s}
                """.formatted(trust), CacheScope.class);

        try (var api = new Answers()) {
            var observer = new ScopeObserver(
                    scope,
                    policy,
                    Settings.of(Map.of()),
                    List.of(),
                    new Uses(List.of()),
                    new Neighbours(List.of()),
                    Map.of(),
                    Set.of(),
                    Map.of(),
                    new SnapshotSources(new VolumeSnapshots(api.client())));

            assertThat(observer.size()).isEqualTo(kib);
        }
    }
}
