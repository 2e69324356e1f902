package dev.hearth.controller.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.audit.AuditLog;
import dev.hearth.cluster.CacheScopes;
import dev.hearth.cluster.Events;
import dev.hearth.core.cache.Retention.Eviction;
import dev.hearth.core.cache.Retention.Reason;
import dev.hearth.testbed.Answers;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScopeEvictionsTest {
    private static final String SCOPES = "/apis/hearth.dev/v1alpha1/namespaces/ci/cachescopes/";
    private static final String DELETED = """
            {"apiVersion": "v1", "kind": "Status", "status": "Success", "details": {"kind": "cachescopes"}}""";

    @Test
    void scopeThatCannotBeDeletedStopsThoseOfItsPipelineAlone() throws IOException {
        try (var api = new Answers()) {
            // Given: what may be read goes after its reader
            var seen = List.of(scope("app", "app-reader"), scope("app", "app-read"), scope("web", "web-main"));
            var decided = seen.stream()
                    .map(scope -> new Eviction(KeptScopes.of(scope), Reason.Idle))
                    .toList();
            api.put("DELETE", SCOPES + "app-reader", 403, "{\"kind\": \"Status\", \"message\": \"not by you\"}");
            Stream.of("app-read", "web-main").forEach(name -> api.put("DELETE", SCOPES + name, 200, DELETED));

            // When
            var attempts = new Attempts();
            var done = evictions(api).carryOut("none", CachePolicySpec.DEFAULT.retention(), decided, seen, attempts);

            // Then
            assertThat(done).extracting(it -> it.scope().name()).containsExactly("web-main");
            assertThat(attempts.finding())
                    .hasValueSatisfying(why -> assertThat(why.message()).contains("not by you"));
        }
    }

    private static ScopeEvictions evictions(Answers api) {
        return new ScopeEvictions(
                new CacheScopes(api.client()),
                new Events(api.client(), Clock.systemUTC()),
                new CacheMetrics(new SimpleMeterRegistry(), new KnownCaches()),
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
