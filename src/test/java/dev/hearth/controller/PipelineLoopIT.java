package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StepStatus.State;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.core.plan.MatrixCell;
import dev.hearth.core.plan.Names;
import dev.hearth.core.retention.NamedArtifacts;
import dev.hearth.pod.task.CollectorContainer;
import dev.hearth.testbed.TestNamespace;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The loop of a Pipeline: which refs get runs, and which runs go. */
class PipelineLoopIT {
    private static final String TOPIC = "refs/pull/7/head";
    private static final String TASK = "tasks: [{name: unit, image: busybox, command: [\"true\"]}]\n";

    @Test
    void eachCommitOfARefThatIsFollowedGetsARun() {
        try (var place = ScriptedNamespace.open("follows")) {
            var pipeline = place.pipeline("triggers: {poll: 5s, branches: [main]}\n" + TASK);
            place.work().finishedRunOf(place.commit());

            var second = place.repository().commit(ScriptedNamespace.MAIN, "a", "b", place.commit());
            place.repository().commit("refs/heads/other", "a", "c", place.commit());

            var run = place.work().finishedRunOf(second);
            assertThat(place.work().runs()).hasSize(2);
            var seen = place.work()
                    .until(
                            pipeline,
                            it -> it.getStatus().lastRun() != null
                                    && run.getMetadata()
                                            .getName()
                                            .equals(it.getStatus().lastRun().name())
                                    && Phase.Succeeded.name()
                                            .equals(it.getStatus().lastRun().result()));
            assertThat(seen.getStatus().defaultBranch()).isEqualTo(ScriptedNamespace.MAIN);
            assertThat(seen.getStatus().refs()).isEqualTo(1);
            place.untilAudited(
                    "RunStarted " + place.namespace() + "/" + run.getMetadata().getName() + " by hearth");
        }
    }

    @Test
    void aRunThatIsDeletedIsNotStartedAgain() {
        try (var place = ScriptedNamespace.open("deleted")) {
            place.pipeline("triggers: {poll: 5s, branches: [main, other]}\n" + TASK);
            var run = place.work().finishedRunOf(place.commit());
            place.client().resource(run).delete();

            // Refs are read at once: the run of another branch proves that main was read again with the same commit.
            var other = place.repository().commit("refs/heads/other", "a", "b", place.commit());
            place.work().finishedRunOf(other);

            assertThat(place.work().runs())
                    .extracting(it -> it.getSpec().commit())
                    .containsExactly(other);
        }
    }

    @Test
    void runIsCancelledOnceItsPullRequestHasAnotherCommit() {
        try (var place = ScriptedNamespace.open("superseded")) {
            var other = place.repository().commit(TOPIC, "a", "b", place.commit());
            place.pods().on("-unit").runs();
            place.pipeline("triggers: {poll: 5s, branches: [main], pullRequests: {enabled: true}}\n" + TASK);
            var byHand = place.start(TOPIC);
            var main = place.work().runOf(place.commit());
            // The first listing starts no run of a pull request that exists.
            var first = place.repository().commit(TOPIC, "a", "c", other);
            var started = place.work().runOf(first);
            place.until(started, "unit", State.Running);

            var second = place.repository().commit(TOPIC, "a", "d", first);

            var cancelled = place.finished(started);
            assertThat(cancelled.getStatus().phase()).isEqualTo(Phase.Cancelled);
            assertThat(TestNamespace.condition(cancelled, "Succeeded"))
                    .hasValueSatisfying(condition -> assertThat(condition.message())
                            .isEqualTo(
                                    "spec.cancel of the run was set: superseded by commit " + second.substring(0, 12)));
            var newer = place.work().runOf(second);
            place.until(newer, "unit", State.Running);

            // When the ref comes back to a commit, it gets another run of it each time
            var seen = new HashSet<>(
                    Set.of(started.getMetadata().getName(), newer.getMetadata().getName()));
            for (String commit : List.of(first, second, first, second)) {
                place.repository().set(TOPIC, commit);
                seen.add(anotherRunOf(place, commit, seen).getMetadata().getName());
            }
            assertThat(place.client().resource(main).get().getSpec().cancel())
                    .as("the newest commit of main")
                    .isFalse();
            assertThat(place.client().resource(byHand).get().getSpec().cancel())
                    .as("a run that a user has created")
                    .isFalse();
        }
    }

    /** A run whose commit is not on its ref says nothing of the commit, if the ref comes back to it. */
    @Test
    void refThatComesBackToACommitOfALostRunGetsAnother() {
        try (var place = ScriptedNamespace.open("lost")) {
            var first = place.repository().commit(TOPIC, "a", "b", place.commit());
            place.pipeline("triggers: {poll: 5s, branches: [main], pullRequests: {enabled: true}}\n" + TASK);
            place.work().finishedRunOf(place.commit());
            // The run of the next commit, as a listing would create it, when the ref has moved back already
            var second = place.repository().commit(TOPIC, "a", "c", first);
            place.repository().set(TOPIC, first);
            var lost = place.work().finished(place.startAs(Names.run("p", TOPIC, second), TOPIC, second));
            assertThat(TestNamespace.condition(lost, "Succeeded"))
                    .hasValueSatisfying(it -> assertThat(it.reason()).isEqualTo("CommitNotOnRef"));

            place.repository().set(TOPIC, second);

            var another = anotherRunOf(place, second, Set.of(lost.getMetadata().getName()));
            assertThat(place.finished(another).getStatus().phase()).isEqualTo(Phase.Succeeded);
        }
    }

    @Test
    void runsBeyondTheHistoryGo() {
        try (var place = ScriptedNamespace.open("history")) {
            place.pipeline("triggers: {poll: 5s}\nhistory: {keep: 1}\n" + TASK);
            place.finished(place.start());
            var last = place.finished(place.start());

            place.work().until("one run", () -> Optional.of(place.work().runs()).filter(runs -> runs.size() == 1));
            assertThat(place.work().runs())
                    .extracting(run -> run.getMetadata().getName())
                    .containsExactly(last.getMetadata().getName());
        }
    }

    @Test
    void aRepositoryThatIsNotThereMakesThePipelineUnready() {
        try (var place = ScriptedNamespace.open("norepo")) {
            var pipeline = place.work()
                    .apply("""
                    apiVersion: hearth.dev/v1alpha1
                    kind: Pipeline
                    metadata: {name: p}
                    spec:
                      source: {url: "%s"}
                      triggers: {poll: 5s, branches: [main]}
                      tasks: [{name: unit, image: busybox, command: ["true"]}]
                    """.formatted(place.repository().http().url().replace(".git", "-none.git")));

            place.work()
                    .until(
                            pipeline,
                            it -> TestNamespace.condition(it, "Ready")
                                    .filter(ready -> ready.status().equals("False"))
                                    .isPresent());
        }
    }

    @Test
    void filesOfTasksAreReleasedWhenTheirTimeIsOverAndTheRunStays() {
        try (var place = ScriptedNamespace.open("files")) {
            place.pipeline("""
                    triggers: {poll: 5s}
                    artifacts: {keepFor: 0m}
                    tasks: [{name: make, image: busybox, command: ["true"], artifact: {path: /out}}]
                    """);
            place.pods().on("-task-make").says(CollectorContainer.NAME, """
                    {"version": 1, "artifact": {"digest": "sha256:%s", "count": 1, "kib": 4}, "reports": {"files": 0}}
                    """.formatted("a".repeat(64)));
            var run = place.finished(place.start());
            var claim = Names.taskCacheVolume(Names.scope(run).orElseThrow(), OperatingSystem.Linux);
            assertThat(TestNamespace.step(run, "make").artifact())
                    .isNotNull()
                    .returns(claim, ArtifactStatus::claim)
                    .returns(
                            Names.artifactFolder(
                                    run.getMetadata().getUid(),
                                    Names.taskPod(run.getMetadata().getName(), "make", MatrixCell.ONLY, 1)),
                            ArtifactStatus::path);

            place.work()
                    .until(
                            "the release of its artifacts",
                            () -> place.work().runs().stream()
                                    .filter(it -> it.annotations().containsKey(NamedArtifacts.RELEASED))
                                    .findFirst());
            assertThat(claims(place)).containsExactly("PersistentVolumeClaim/" + claim);
        }
    }

    private static List<String> claims(ScriptedNamespace place) {
        return place.work().children().stream()
                .filter(child -> child.startsWith("PersistentVolumeClaim/"))
                .toList();
    }

    /** Waits for a run of a commit that is not one of these. */
    private static PipelineRun anotherRunOf(ScriptedNamespace place, String commit, Set<String> seen) {
        return place.work()
                .until(
                        "another run of " + commit,
                        () -> place.work().runs().stream()
                                .filter(run -> commit.equals(run.getSpec().commit()))
                                .filter(run -> !seen.contains(run.getMetadata().getName()))
                                .findFirst());
    }
}
