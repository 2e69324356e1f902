package dev.hearth.controller.scope;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.GenerationRef;
import dev.hearth.cluster.CacheScopeClient;
import dev.hearth.testbed.FakeApiServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScopeObserverTest {
    /** The watch shows generation 1 of main still, which is deleted. */
    @ParameterizedTest
    @CsvSource({"'', Sealed, 1", "'unconfirmed: true', Sealed, 2", "'', Leaving, 2"})
    void asksTheApiServerForTheScopesIfTheWatchMayBeTooLate(String unconfirmed, String state, int seen)
            throws IOException {
        var scope = scope(5, state, unconfirmed);
        try (var api = new FakeApiServer()) {
            api.put(
                    "/apis/hearth.dev/v1alpha1/namespaces/ci/cachescopes",
                    "{\"kind\": \"CacheScopeList\", \"items\": [" + Serialization.asJson(scope(2, "Sealed", ""))
                            + "]}");

            var index = ScopeObserver.seedIndex(
                    scope, new CacheScopeClient(api.client()), () -> List.of(scope(1, "Sealed", "")));

            assertThat(index.existing()).extracting(GenerationRef::number).containsExactly(seen);
        }
    }

    private static CacheScope scope(int generation, String state, String more) {
        return Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: CacheScope
                metadata: {name: main, namespace: ci}
                spec: {pipeline: app, ref: refs/heads/main, trust: Trusted}
                status:
                  volumes:
                  - platform: linux/amd64
                    claim: main
                    generations: [{number: %d, state: %s, run: r, commit: c, buildkit: b, at: "2026-01-01T00:00:00Z"}]
                    %s
                """.formatted(generation, state, more), CacheScope.class);
    }
}
