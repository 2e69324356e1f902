package dev.hearth.e2e;

import static dev.hearth.e2e.CacheFixture.policy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Condition;
import dev.hearth.api.Trust;
import dev.hearth.audit.AuditLog;
import dev.hearth.cluster.CacheScopeClient;
import dev.hearth.cluster.ConditionWriter;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.cluster.SafeClock;
import dev.hearth.cluster.storage.LiveStorage;
import dev.hearth.cluster.storage.SnapshotClient;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.metrics.CacheMetrics;
import dev.hearth.controller.policy.CachePolicyReconciler;
import dev.hearth.controller.policy.StorageCheck;
import dev.hearth.controller.retention.ScopeEvictor;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.controller.support.RunIndex;
import dev.hearth.controller.support.UnreadableObjects;
import dev.hearth.testbed.FakeScopes;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.Operator;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An operator whose clock is ten years off. It is the controller of policies alone, run by the test beside the cluster's own
 * operator and for one policy only, so that no other test's runs or caches are touched by a wrong time.
 */
class ClockE2E {

    @ParameterizedTest
    @ValueSource(ints = {3650, -3650})
    void deletesNothingEarly(int days) {
        try (var work = TestNamespace.open(days > 0 ? "ahead" : "behind");
                var repository = work.repository()) {
            var policy = policy(work, "{storage: {size: 256Mi}, retention: {untrusted: {whenRefCloses: Keep}}}");
            MinimalPipeline.push(repository);
            var pipeline = work.apply("""
                    apiVersion: hearth.dev/v1alpha1
                    kind: Pipeline
                    metadata: {name: small}
                    spec:
                      source: {url: "%s"}
                      triggers: {poll: 5s, branches: [none]}
                      cache: {policy: %s}
                      builds: [{name: tool}]
                    """.formatted(repository.url(), work.namespace()));
            try (var account = HearthDeployment.operator(work.cluster())) {
                // Given: caches that have just been used
                var played = new FakeScopes(work, pipeline, account);
                played.used("refs/heads/main", Trust.Trusted, "10Mi");
                played.used("refs/pull/1/head", Trust.Untrusted, "10Mi");

                // When
                var operator = start(work, policy, Clock.offset(Clock.systemUTC(), Duration.ofDays(days)));
                try {
                    var status = work.until(
                            "a look by that clock",
                            () -> Optional.ofNullable(
                                            work.client().resource(policy).get().getStatus())
                                    .filter(it -> it.conditions().stream().anyMatch(ClockE2E::isSkewed)));

                    // Then: it has looked at them, says what is wrong, and deleted none
                    assertThat(status.scopes()).isEqualTo(2);
                    assertThat(status.evictions()).isZero();
                    assertThat(status.conditions())
                            .filteredOn(ClockE2E::isSkewed)
                            .allSatisfy(it -> assertThat(it.message())
                                    .startsWith("the operator's clock is 87600 hours "
                                            + (days > 0 ? "ahead of" : "behind")));
                    assertThat(scopes(work)).isEqualTo(2);

                    // And: a budget holds whatever the time is
                    work.client().resource(policy).patch(PatchContext.of(PatchType.JSON_MERGE), """
                            {"spec": {"storage": {"size": "15Mi"}, "retention": {"maxTotal": "15Mi"}}}
                            """);
                    work.until("one less", () -> Optional.of(scopes(work)).filter(it -> it == 1));
                } finally {
                    operator.stop();
                }
            } finally {
                work.client().resource(policy).delete();
            }
        }
    }

    @Test
    void earlierOfTwoClocksCounts() {
        try (var work = TestNamespace.open("clocks")) {
            var now = Instant.now();
            var tenYears = Duration.ofDays(3650);

            var ahead = new SafeClock(work.client(), Clock.offset(Clock.systemUTC(), tenYears));
            var behind = new SafeClock(work.client(), Clock.offset(Clock.systemUTC(), tenYears.negated()));

            assertThat(ahead.now()).isBetween(now.minusSeconds(120), now.plusSeconds(120));
            assertThat(behind.now()).isBefore(now.minus(tenYears).plusSeconds(120));
            assertThat(ahead.ahead()).isBetween(tenYears.minusMinutes(5), tenYears.plusMinutes(5));
            assertThat(behind.ahead()).isNegative();
        }
    }

    private static boolean isSkewed(Condition condition) {
        return condition.type().equals("ClockSkewed") && condition.status().equals("True");
    }

    private static int scopes(TestNamespace work) {
        return work.client()
                .resources(CacheScope.class)
                .inNamespace(work.namespace())
                .list()
                .getItems()
                .size();
    }

    private static Operator start(TestNamespace work, CachePolicy policy, Clock clock) {
        work.client()
                .resource(policy)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"labels\":{\"clock\":\"%s\"}}}".formatted(work.namespace()));
        var client = HearthDeployment.operator(work.cluster()); // nobody else may write what a policy's status says
        var operator = new Operator(overrider -> overrider.withKubernetesClient(client));
        operator.register(
                reconciler(client, clock), override -> override.withLabelSelector("clock=" + work.namespace()));
        operator.start();
        return operator;
    }

    private static CachePolicyReconciler reconciler(KubernetesClient client, Clock clock) {
        var config = (HearthConfig) Proxy.newProxyInstance(
                HearthConfig.class.getClassLoader(), new Class<?>[] {HearthConfig.class}, (_, setting, _) -> {
                    throw new AssertionError(
                            "a policy without snapshots depends on no setting, but asked for " + setting);
                });
        var events = new EventRecorder(client, clock);
        var known = new CacheIndex();
        return new CachePolicyReconciler(
                new StorageResolver(new LiveStorage(client)),
                new StorageCheck(new SnapshotClient(client), config),
                new ScopeEvictor(
                        new CacheScopeClient(client),
                        events,
                        new CacheMetrics(new SimpleMeterRegistry(), known),
                        new AuditLog()),
                events,
                known,
                new UnreadableObjects(new ConditionWriter(client), events, new SimpleMeterRegistry(), clock),
                clock,
                new SafeClock(client, clock),
                new RunIndex());
    }
}
