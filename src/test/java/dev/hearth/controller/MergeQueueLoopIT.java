package dev.hearth.controller;

import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.core.plan.Names;
import dev.hearth.core.retention.EvictionCandidate;
import dev.hearth.forge.FakeGitHub;
import dev.hearth.pod.observe.PodReader;
import dev.hearth.pod.task.CollectorContainer;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A branch that was moved to what its merge queue has tested does not test it again. */
class MergeQueueLoopIT {
    private static final String GROUP = "refs/heads/gh-readonly-queue/main/pr-7-";
    private static final String COLLECTED = "{\"version\":1,\"artifact\":{\"digest\":\"sha256:" + "a".repeat(64)
            + "\",\"count\":1,\"kib\":4},\"reports\":{\"files\":0,\"kib\":0,\"leftOut\":0}}";
    private static final String SPEC = """
            triggers: {poll: 5s, branches: [main]}
            builds: [{name: tool, artifact: true}]
            tasks:
            - {name: unit, image: busybox, artifacts: [tool], command: ["true"]}
            - {name: pack, image: busybox, command: ["true"], artifact: {path: /out}}
            - {name: deploy, image: busybox, artifacts: [pack], command: [echo, "{ref}"]}
            """;

    @Test
    void branchTakesOverWhatItsMergeGroupHasRun() throws IOException {
        try (var forge = new FakeGitHub();
                var place = ScriptedNamespace.open("merged")) {
            // Given: a merge group whose run has succeeded
            place.pods().on("-task-pack").says(CollectorContainer.NAME, COLLECTED);
            place.forgeToken("*");
            place.reportingPipeline("GitHub", forge.url(), SPEC);
            place.work().finishedRunOf(place.commit());
            var group = GROUP + place.commit();
            var commit = place.repository().commit(group, "src/a", "1", place.commit());
            var queued = place.work().finishedRunOf(commit);
            assertThat(queued.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(queued.getStatus().takenOverFrom()).isNull();
            var from = queued.getMetadata().getName();

            // When: the forge merges it
            place.pods().on("-task-deploy").runs();
            merge(place, group, commit);
            var run = place.work().until(runOf(place, commit), it -> isRunning(it, "deploy"));

            // Then: what does not depend on the branch is not run again
            assertThat(run.getStatus().takenOverFrom()).isEqualTo(from);
            for (String name : List.of("unit", "pack")) {
                assertThat(step(run, name))
                        .returns("TakenOver", StepStatus::reason)
                        .returns(State.Succeeded, StepStatus::state)
                        .returns(null, StepStatus::pod);
            }
            assertThat(pods(place, run)).noneMatch(pod -> pod.contains("-task-unit") || pod.contains("-task-pack"));
            place.hasEvent(run, "Started", "2 steps are taken over from run " + from + " of the merge queue");

            // And: the files stay though the ref of the merge group is gone, also if its run is deleted
            var scope = Names.scope(queued).orElseThrow();
            var deploy = place.client()
                    .pods()
                    .inNamespace(place.namespace())
                    .withName(step(run, "deploy").pod())
                    .get();
            assertThat(PodReader.claims(deploy)).contains(Names.taskCacheVolume(scope, OperatingSystem.Linux));
            place.client().resource(queued).delete();
            place.work()
                    .until(
                            "the end of run " + from,
                            () -> place.work().runs().stream()
                                            .noneMatch(it ->
                                                    it.getMetadata().getName().equals(from))
                                    ? Optional.of(true)
                                    : Optional.empty());
            place.work()
                    .until(
                            "that the ref of scope " + scope + " is known to be gone",
                            () -> scope(place, scope)
                                    .filter(it -> it.annotations().containsKey(EvictionCandidate.REF_CLOSED)));
            place.isReconciled("pipeline", () -> {});
            assertThat(scope(place, scope))
                    .hasValueSatisfying(
                            it -> assertThat(it.isMarkedForDeletion()).isFalse());

            // And: builds run for the cache of the branch
            place.pods().on("-task-deploy").succeeds();
            run = place.finished(run);
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(step(run, "tool/linux/amd64").pod()).isNotNull();
            var text = "4 steps succeeded, 2 of them taken over from run " + from + " of the merge queue";
            assertThat(succeeded(run)).isEqualTo(text);
            place.untilShown(forge, commit, "success", text);

            // And: then the files go
            place.work()
                    .until(
                            "the eviction of scope " + scope,
                            () -> scope(place, scope).isEmpty() ? Optional.of(true) : Optional.empty());
        }
    }

    @Test
    void otherSpecOrWishIsRun() {
        try (var place = ScriptedNamespace.open("unmerged")) {
            place.pods().on("-task-pack").says(CollectorContainer.NAME, COLLECTED);
            var pipeline = place.pipeline(SPEC);
            place.work().finishedRunOf(place.commit());
            var group = GROUP + place.commit();
            var commit = place.repository().commit(group, "src/a", "1", place.commit());
            place.work().finishedRunOf(commit);

            place.patch(pipeline, "{\"spec\": {\"timeout\": \"91m\"}}");
            merge(place, group, commit);
            var run = place.finished(runOf(place, commit));
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(run.getStatus().takenOverFrom()).isNull();
            assertThat(run.getStatus().steps()).allMatch(step -> step.pod() != null);

            // Whoever wants a run of a commit gets it.
            place.patch(pipeline, "{\"spec\": {\"timeout\": null}}");
            var wanted = place.finished(place.startAs("wanted", ScriptedNamespace.MAIN, commit));
            assertThat(wanted.getStatus().takenOverFrom()).isNull();
        }
    }

    /** Two commits of one merge group, whose second is not to start from what the first has left. */
    @Test
    void mergeGroupThatGetsAnotherCommitStartsAnew() {
        try (var place = ScriptedNamespace.open("regrouped")) {
            place.pods().on("-task-pack").says(CollectorContainer.NAME, COLLECTED);
            place.pipeline(SPEC);
            place.work().finishedRunOf(place.commit());
            var group = GROUP + place.commit();
            place.work().finishedRunOf(place.repository().commit(group, "src/a", "1", place.commit()));
            place.work().finishedRunOf(place.repository().commit(group, "src/a", "2", place.commit()));

            assertThat(place.scopes())
                    .filteredOn(scope -> scope.getSpec().ref().equals(group))
                    .hasSize(2);
        }
    }

    private static Optional<CacheScope> scope(ScriptedNamespace place, String name) {
        return place.scopes().stream().filter(it -> it.name().equals(name)).findFirst();
    }

    private static void merge(ScriptedNamespace place, String group, String commit) {
        place.repository().set(ScriptedNamespace.MAIN, commit);
        place.repository().git("update-ref", "-d", group);
    }

    /** Waits for the run of main. The merge group has one of the same commit. */
    private static PipelineRun runOf(ScriptedNamespace place, String commit) {
        return place.work()
                .until(
                        "a run of main at " + commit,
                        () -> place.work().runs().stream()
                                .filter(run -> run.getSpec().ref().equals(ScriptedNamespace.MAIN)
                                        && commit.equals(run.getSpec().commit()))
                                .findFirst());
    }

    private static boolean isRunning(PipelineRun run, String name) {
        return run.getStatus() != null
                && run.getStatus().steps().stream()
                        .anyMatch(step -> step.name().equals(name) && step.state() == State.Running);
    }

    private static String succeeded(PipelineRun run) {
        return run.getStatus().conditions().stream()
                .filter(condition -> condition.type().equals("Succeeded"))
                .findFirst()
                .orElseThrow()
                .message();
    }

    private static List<String> pods(ScriptedNamespace place, PipelineRun run) {
        return place.client().pods().inNamespace(place.namespace()).list().getItems().stream()
                .map(pod -> pod.getMetadata().getName())
                .filter(name -> name.contains(run.getMetadata().getName()))
                .toList();
    }
}
