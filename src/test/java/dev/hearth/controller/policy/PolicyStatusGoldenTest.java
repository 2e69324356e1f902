package dev.hearth.controller.policy;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicyStatus;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.IsolationRule;
import dev.hearth.api.Reason;
import dev.hearth.cluster.storage.SnapshotClient;
import dev.hearth.config.TestConfig;
import dev.hearth.core.retention.EvictionCandidate;
import dev.hearth.core.retention.EvictionDecider;
import dev.hearth.core.retention.EvictionDecider.Eviction;
import dev.hearth.core.retention.PolicyStatusFactory;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import dev.hearth.testbed.FakeApiServer;
import dev.hearth.testbed.GoldenFiles;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Statuses of a policy: its caches, those that were and will be evicted, and storage. */
class PolicyStatusGoldenTest {
    private static final String FOLDER = "policy-statuses";
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final ConditionFactory FACTORY = new ConditionFactory(List.of(), 4, NOW);
    private static final long PROVISIONED = 230L << 20;

    private final CachePolicy policy =
            GoldenFiles.given(FOLDER, "CachePolicy", CachePolicy.class).getFirst();
    private final List<EvictionCandidate> scopes =
            EvictionCandidate.of(GoldenFiles.given(FOLDER, "CacheScope", CacheScope.class));

    @TestFactory
    Stream<DynamicTest> statusesOfPolicies() throws IOException {
        var missing = new StatusReason(
                Reason.StorageClassNotFound,
                "spec.storage.className of the CachePolicy names StorageClass fast, which does not exist");
        var skew = PolicyStatusFactory.clockSkew(Duration.ofMinutes(-90)).stream()
                .map(why -> FACTORY.condition(ConditionType.ClockSkewed, "True", why));
        return GoldenFiles.tests(
                FOLDER,
                Map.of(
                        "caches-evicted", status(FACTORY.ready(storage(true))),
                        "snapshots-skipped", status(FACTORY.ready(storage(false))),
                        "storage-missing", status(FACTORY.stalled(missing)),
                        "clock-skewed",
                                status(Stream.concat(FACTORY.ready(storage(true)).stream(), skew)
                                        .toList())));
    }

    private CachePolicyStatus status(List<Condition> conditions) {
        var decision = new EvictionDecider(policy.getSpec().retention(), NOW).decide(scopes, Set.of());
        var evicted = decision.evictions().stream().map(Eviction::scope).toList();
        var left = scopes.stream().filter(scope -> !evicted.contains(scope)).toList();
        return new PolicyStatusFactory(policy, left, PROVISIONED, decision, decision.evictions())
                .create(conditions, NOW);
    }

    private StatusReason storage(boolean snapshots) throws IOException {
        try (var api = new FakeApiServer()) {
            api.put("/apis", "{\"kind\": \"APIGroupList\", \"groups\": []}");
            if (snapshots) {
                api.put("/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses/fast", """
                        {"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshotClass", "metadata": {"name": "fast"}}
                        """);
            }
            var config = TestConfig.of(Map.of("buildkit.isolation", IsolationRule.Auto));
            return new StorageCheck(new SnapshotClient(api.client()), config).check(policy.getSpec());
        }
    }
}
