package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.Condition;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.PendingSnapshot;
import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.core.buildcache.ScopeStatusFactory;
import dev.hearth.core.isolation.IsolationDecision;
import dev.hearth.core.isolation.IsolationStatus;
import dev.hearth.core.isolation.NetworkIsolation;
import dev.hearth.core.isolation.PreflightResult;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import dev.hearth.testbed.GoldenFiles;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Statuses of a scope: its volumes, its isolation, and problems of either. */
class ScopeStatusGoldenTest {
    private static final String FOLDER = "scope-statuses";
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final ConditionFactory FACTORY = new ConditionFactory(List.of(), 2, NOW);
    private static final StatusReason IGNORED = new StatusReason(Reason.PreflightFailed, "cannot mount\n  overlay");

    private static final IsolationDecision UNTRIED =
            decision(new Result.Delayed(new StatusReason(Reason.Unschedulable, "no node has room")));
    private static final IsolationDecision WEAKER = IsolationDecision.of(
            "ci",
            Trust.Trusted,
            List.of(
                    new PreflightResult(IsolationForm.UserNamespace, new Result.Impossible(IGNORED)),
                    new PreflightResult(IsolationForm.Rootless, new Result.Possible())));
    private static final IsolationDecision NONE = IsolationDecision.of(
            "ci",
            Trust.Untrusted,
            List.of(
                    new PreflightResult(IsolationForm.UserNamespace, new Result.Impossible(IGNORED)),
                    new PreflightResult(IsolationForm.Rootless, new Result.Impossible(IGNORED))));

    private final CacheScope scope =
            GoldenFiles.given(FOLDER, "CacheScope", CacheScope.class).getFirst();

    @TestFactory
    Stream<DynamicTest> statusesOfScopes() {
        var possible = decision(new Result.Possible());
        var failed = new PendingSnapshot(
                "hearth-app-main-linux-amd64-3", "hearth-app-main-linux-amd64", 3, NOW.toString(), "quota exceeded");
        return GoldenFiles.tests(
                FOLDER,
                Map.of(
                        "volumes-made", status(possible, List.of(), List.of(), List.of()),
                        "network-not-isolated",
                                status(
                                        possible,
                                        List.of(),
                                        List.of(),
                                        List.of(new NetworkIsolation.Open("kubernetes.default.svc:443")
                                                .condition(FACTORY))),
                        "snapshot-failed", status(possible, List.of(failed), List.of(), List.of()),
                        "volume-too-small",
                                status(
                                        possible,
                                        List.of(),
                                        List.of("the volume of linux/amd64 cannot grow to 50Gi"),
                                        List.of()),
                        "isolation-untried", status(UNTRIED, List.of(), List.of(), List.of()),
                        "isolation-weaker", status(WEAKER, List.of(), List.of(), List.of()),
                        "isolation-impossible", status(NONE, List.of(), List.of(), List.of()),
                        "storage-missing", withoutStorage()));
    }

    private CacheScopeStatus status(
            IsolationDecision decision, List<PendingSnapshot> pending, List<String> notExpanded, List<Condition> more) {
        var isolation = new IsolationStatus(Optional.empty(), Optional.empty()).update(decision, NOW);
        var snapshots = new SnapshotKeeper.Result(scope.volumes(), pending, Optional.empty(), Set.of());
        var problems = Stream.concat(snapshots.problems(), notExpanded.stream()).toList();
        var conditions = isolation.conditions(FACTORY, decision, ScopeStatusFactory.ready(scope.volumes(), problems));
        return ScopeStatusFactory.of(
                scope,
                isolation,
                3,
                scope.volumes(),
                scope.taskCaches(),
                pending,
                Stream.concat(conditions.stream(), more.stream()).toList());
    }

    private CacheScopeStatus withoutStorage() {
        var why = new StatusReason(
                Reason.StorageClassNotFound,
                "the cluster has no default StorageClass: mark one as default, or name one in spec.storage.className of"
                        + " a CachePolicy");
        return ScopeStatusFactory.of(
                scope,
                new IsolationStatus(Optional.empty(), Optional.empty()),
                0,
                List.of(),
                List.of(),
                List.of(),
                FACTORY.stalled(why));
    }

    private static IsolationDecision decision(Result result) {
        return IsolationDecision.of(
                "ci", Trust.Trusted, List.of(new PreflightResult(IsolationForm.UserNamespace, result)));
    }
}
