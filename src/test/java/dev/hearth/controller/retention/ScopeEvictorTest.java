package dev.hearth.controller.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.audit.AuditLog;
import dev.hearth.cluster.CacheScopeClient;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.controller.metrics.CacheMetrics;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.core.retention.EvictionCandidate;
import dev.hearth.core.retention.EvictionCause;
import dev.hearth.core.retention.EvictionDecider.Eviction;
import dev.hearth.testbed.FakeApiServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScopeEvictorTest {
    private static final String SCOPES = "/apis/hearth.dev/v1alpha1/namespaces/ci/cachescopes/";
    private static final String DELETED = """
            {"apiVersion": "v1", "kind": "Status", "status": "Success", "details": {"kind": "cachescopes"}}""";

    @Test
    void failedDeletionStopsFurtherEvictionsOfTheSamePipelineOnly() throws IOException {
        try (var api = new FakeApiServer()) {
            // Given: a scope that another one reads is evicted after its reader
            var scopes = List.of(scope("app", "app-reader"), scope("app", "app-read"), scope("web", "web-main"));
            var decided = scopes.stream()
                    .map(scope -> new Eviction(EvictionCandidate.of(scope), EvictionCause.Idle))
                    .toList();
            api.put("DELETE", SCOPES + "app-reader", 403, "{\"kind\": \"Status\", \"message\": \"not by you\"}");
            Stream.of("app-read", "web-main").forEach(name -> api.put("DELETE", SCOPES + name, 200, DELETED));

            // When
            var work = new IndependentWork();
            var done = evictor(api).evict("none", CachePolicySpec.DEFAULT.retention(), decided, scopes, work);

            // Then
            assertThat(done).extracting(it -> it.scope().name()).containsExactly("web-main");
            assertThat(work.failure())
                    .hasValueSatisfying(why -> assertThat(why.message()).contains("not by you"));
        }
    }

    private static ScopeEvictor evictor(FakeApiServer api) {
        return new ScopeEvictor(
                new CacheScopeClient(api.client()),
                new EventRecorder(api.client(), Clock.systemUTC()),
                new CacheMetrics(new SimpleMeterRegistry(), new CacheIndex()),
                new AuditLog());
    }

    private static CacheScope scope(String pipeline, String name) {
        return Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: CacheScope
                metadata: {name: %s, namespace: ci, resourceVersion: "7", creationTimestamp: "2026-03-01T12:00:00Z"}
                spec: {pipeline: %s, ref: refs/heads/main, trust: Trusted}
                """.formatted(name, pipeline), CacheScope.class);
    }
}
