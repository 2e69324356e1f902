package dev.hearth.controller.run.pods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.agent.TaskCacheRequest;
import dev.hearth.api.CacheScope;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.cluster.storage.NoStorage;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.config.TestConfig;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.run.Action;
import dev.hearth.core.run.RunFacts.UnavailableVolume;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.task.TaskCacheMounts;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The volume of a run's tasks: who waits for it, and which pods remove artifacts from it. */
class TaskCachePlannerTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
    private static final String MAIN = "refs/heads/main";
    private static final String GROUP = "refs/heads/gh-readonly-queue/main/pr-7-c0ffee";

    private final TaskCachePlanner planner = planner();

    @Test
    void taskWithAnArtifactWaitsForTheVolumeOfItsScope() {
        assertThat(TaskCachePlanner.operatingSystems(context(MAIN, true, false)))
                .containsExactly(OperatingSystem.Linux);
        assertThat(planner.missing(context(MAIN, true, true))).isEmpty();
        assertThat(planner.missing(context(MAIN, true, false)))
                .extractingByKey(OperatingSystem.Linux)
                .as("there is no StorageClass, and no volume yet")
                .extracting(UnavailableVolume::why)
                .extracting(StatusReason::reason)
                .isEqualTo(Reason.StorageClassNotFound);
    }

    @Test
    void chosenPodKeepsWhatIsNamedOrNew() {
        assertThat(kept(context(MAIN, true, true), true))
                .hasValueSatisfying(kept -> assertThat(kept)
                        .isEqualTo(new TaskCacheRequest.Kept(
                                List.of(Names.runFolder("uid-of-run")),
                                NOW.minus(Duration.ofHours(1)).getEpochSecond())));
        assertThat(kept(context(MAIN, true, true), false)).isEmpty();
    }

    @Test
    void nothingIsRemovedIfARunCannotBeRead() {
        assertThat(kept(context(MAIN, false, true), true)).isEmpty();
    }

    /** A run of the branch may be about to take it over. */
    @Test
    void nothingOfAMergeGroupIsRemoved() {
        assertThat(kept(context(GROUP, true, true), true)).isEmpty();
    }

    private Optional<TaskCacheRequest.Kept> kept(RunContext run, boolean sweeps) {
        var task = (Step.Task) run.plan().steps().getFirst();
        return planner.plan(run, new Action.StartTask(task, 1, "busybox", List.of(), false, sweeps), "pod", NOW)
                .map(TaskCacheMounts::kept);
    }

    private static TaskCachePlanner planner() {
        var config = TestConfig.of(Map.of("agent.image", "agent", "imagePullPatience", Duration.ofMinutes(1)));
        return new TaskCachePlanner(
                config, new TrustedMountCheck(config), new RejectedObjects(config, Clock.fixed(NOW, ZoneOffset.UTC)));
    }

    private static RunContext context(String ref, boolean readsAll, boolean hasVolume) {
        var run = run(ref);
        return RunContext.of(
                run,
                Map.of(),
                scope(run, hasVolume),
                List.of(),
                List.of(),
                List.of(run),
                readsAll,
                new StorageResolver(new NoStorage() {
                    @Override
                    public boolean hasDefaultClass() {
                        return hasVolume;
                    }
                }));
    }

    private static @Nullable CacheScope scope(PipelineRun run, boolean hasVolume) {
        var name = Names.scope(run).orElseThrow();
        return hasVolume
                ? Serialization.unmarshal(
                        """
                apiVersion: hearth.dev/v1alpha1
                kind: CacheScope
                metadata: {namespace: ci, name: %1$s}
                spec: {pipeline: app, ref: refs/heads/any, trust: Trusted, taskCaches: [Linux]}
                status: {taskCaches: [{os: Linux, claim: %2$s, uid: uid-of-claim}]}
                """.formatted(name, Names.taskCacheVolume(name, OperatingSystem.Linux)), CacheScope.class)
                : null;
    }

    private static PipelineRun run(String ref) {
        return Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: PipelineRun
                metadata: {namespace: ci, name: run, uid: uid-of-run, creationTimestamp: "2026-05-01T00:00:00Z"}
                spec: {pipeline: app, ref: %s}
                status:
                  trust: Trusted
                  commit: c0ffee
                  pipelineSpec:
                    source: {url: "https://git.example/app.git"}
                    tasks: [{name: unit, image: busybox, command: [x], artifact: {path: /out}}]
                """.formatted(ref), PipelineRun.class);
    }
}
