package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.Trust;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.forge.FakeForge;
import dev.hearth.forge.FakeForge.Proposal;
import dev.hearth.forge.FakeForge.Reply;
import dev.hearth.forge.FakeForge.Status;
import dev.hearth.forge.FakeGitHub;
import dev.hearth.forge.FakeGitLab;
import dev.hearth.testbed.TestNamespace;
import java.io.IOException;
import java.net.URI;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commits show the results of their runs at a forge that answers as its documentation says. */
class CommitStatusLoopIT {
    private static final String NAME = "hearth/p";
    private static final String TASKS = """
            tasks:
            - {name: unit, image: busybox, command: ["true"]}
            - {name: lint, image: busybox, command: ["true"], needs: [unit]}
            """;
    private static final String SPEC =
            "triggers: {poll: 5s, branches: [main], pullRequests: {enabled: true}}\n" + TASKS;

    @Test
    void mergeGroupRunsBeforeItIsMergedAndIsCancelledOnceItIsTakenOut() throws IOException {
        try (var forge = new FakeGitHub();
                var place = ScriptedNamespace.open("queue")) {
            place.forgeToken("*");
            place.reportingPipeline("GitHub", forge.url(), """
                    triggers: {poll: 5s, branches: ['**'], onlyPaths: [src/]}
                    trust: {branches: ['**']}
                    tasks: [{name: unit, image: busybox, command: ["true"]}]
                    """);
            place.work().finishedRunOf(place.commit());
            var group = "refs/heads/gh-readonly-queue/main/pr-7-" + place.commit();
            var queued = place.repository().commit(group, "src/a", "1", place.commit());
            var run = place.work().finishedRunOf(queued);
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(run.getStatus().trust()).isEqualTo(Trust.Untrusted);
            assertThat(run.getStatus().seedRefs()).containsExactly(ScriptedNamespace.MAIN);
            shows(place, forge, queued, "success", "1 step succeeded");

            place.pods().on("unit").runs();
            var next = "refs/heads/gh-readonly-queue/main/pr-8-" + place.commit();
            var other = place.repository().commit(next, "src/a", "2", place.commit());
            var running = place.work()
                    .until(place.work().runOf(other), it -> it.getStatus().phase() == Phase.Running);
            place.repository().git("update-ref", "-d", next);
            assertThat(place.finished(running).getSpec().cancelReason())
                    .isEqualTo("superseded, since the ref no longer exists");
            shows(place, forge, other, "error", "cancelled, since the ref has moved on");
        }
    }

    @Test
    void commitShowsThatItsRunGoesOnAndHowItEnds() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = place("status", gitHub)) {
            place.reportingPipeline("GitHub", gitHub.url(), SPEC);
            var run = place.work().finishedRunOf(place.commit());

            shows(place, gitHub, place.commit(), "success", "2 steps succeeded");
            assertThat(gitHub.statuses(place.commit()))
                    .allMatch(status -> status.name().equals(NAME));
            assertThat(states(gitHub, place.commit())).startsWith("pending").endsWith("success");
            noted(place, run, "Success: 2 steps succeeded (hearth/p at " + host(gitHub) + "/team/app)");

            // A pull request that fails, of somebody who may write the repository
            gitHub.propose(7, new Proposal("ada", "team", null));
            place.pods().on("unit").failsWith(3, "");
            var proposed = place.repository().commit("refs/pull/7/head", "a", "b", place.commit());
            place.work().finishedRunOf(proposed);
            shows(place, gitHub, proposed, "failure", "failed: unit");
        }
    }

    @Test
    void eachStepHasAStatusAlsoOfASkippedCommit() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = place("steps", gitHub)) {
            place.reportingPipeline("GitHub", gitHub.url(), "PerStep", """
                    triggers: {poll: 5s, branches: [main], onlyPaths: [src/]}
                    """ + TASKS);
            place.work().finishedRunOf(place.commit());
            // A step that is required holds up no commit that is skipped
            var docs = place.repository().commit(ScriptedNamespace.MAIN, "README.md", "text", place.commit());
            var text = place.work().finishedRunOf(docs).conditions().stream()
                    .filter(condition -> condition.type().equals("Succeeded"))
                    .findFirst()
                    .orElseThrow()
                    .message();
            assertThat(text).startsWith("skipped: ");
            for (String name : List.of(NAME, NAME + "/unit", NAME + "/lint")) {
                shows(place, gitHub, docs, name, "success", text);
            }

            place.pods().on("lint").failsWith(3, "");
            var next = place.repository().commit(ScriptedNamespace.MAIN, "src/a", "text", docs);
            place.work().finishedRunOf(next);
            shows(place, gitHub, next, "failure", "failed: lint");
            shows(place, gitHub, next, NAME + "/unit", "success", "succeeded");
            shows(place, gitHub, next, NAME + "/lint", "failure", "failed: Command");
            // Running and ended: forges limit how much is written.
            assertThat(gitHub.statuses(next))
                    .filteredOn(status -> status.name().equals(NAME + "/lint"))
                    .hasSizeLessThanOrEqualTo(2);
        }
    }

    @Test
    void successOfASkipDoesNotStayOnceTheCommitRuns() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = place("unskip", gitHub)) {
            var proposal = new Proposal("ada", "team", null);
            gitHub.addWriter("ada");
            gitHub.propose(7, proposal.with("wip"));
            place.reportingPipeline("GitHub", gitHub.url(), "PerStep", """
                    triggers: {poll: 5s, branches: [main], pullRequests: {enabled: true, ignoreLabels: [wip]}}
                    """ + TASKS);
            place.work().finishedRunOf(place.commit());
            var proposed = place.repository().commit("refs/pull/7/head", "a", "b", place.commit());
            shows(
                    place,
                    gitHub,
                    proposed,
                    NAME + "/lint",
                    "success",
                    "skipped: the pull request has the label wip; it runs when that is removed");

            place.pods().on("unit").runs();
            gitHub.propose(7, proposal);
            shows(place, gitHub, proposed, NAME + "/unit", "pending", "running");
            assertThat(gitHub.statuses(proposed))
                    .filteredOn(status -> status.name().equals(NAME + "/lint"))
                    .last()
                    .as("pending, or an error if the run that was skipped was deleted before the other one came")
                    .extracting(Status::state)
                    .isNotEqualTo("success");
        }
    }

    @Test
    void taskWhoseCellsComeFromAFileHasAStatusOfAllOfThem() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = place("computed", gitHub)) {
            place.reportingPipeline("GitHub", gitHub.url(), "PerStep", """
                    triggers: {poll: 5s, branches: [main]}
                    builds: [{name: tool, artifact: true}]
                    tasks:
                    - {name: unit, image: busybox, command: ["true"], artifacts: [tool],
                       matrix: {from: {artifact: tool, file: cells.json}}}
                    """);
            place.pods().on("-unit").failsWith(3, "");
            place.pods()
                    .on("-list-unit")
                    .logs("[{\"db\": \"a\"}, {\"db\": \"b\"}]")
                    .succeeds();
            place.work().finishedRunOf(place.commit());
            shows(place, gitHub, place.commit(), NAME + "/unit", "failure", "failed: Command");
            shows(place, gitHub, place.commit(), NAME + "/unit[db=a]", "failure", "failed: Command");
            assertThat(gitHub.statuses(place.commit()))
                    .filteredOn(status -> status.name().equals(NAME + "/unit"))
                    .extracting(Status::state)
                    .doesNotContain("success");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void resultIsShownInOneCommentWhereNoStatusMayBeWritten(boolean atGitLab) throws IOException {
        try (var forge = atGitLab ? new FakeGitLab() : new FakeGitHub();
                var place = place("comment", forge)) {
            // A token of GitHub that is only for comments may not read statuses either
            var forbidden = Reply.of(403, "{\"message\": \"403 Forbidden\"}");
            if (atGitLab) {
                forge.denyStatuses(forbidden);
            } else {
                forge.hideStatuses(forbidden);
            }
            forge.addWriter("ada");
            forge.propose(7, new Proposal("ada", "team", null));
            var pipeline = place.reportingPipeline(atGitLab ? "GitLab" : "GitHub", forge.url(), SPEC);
            place.work().finishedRunOf(place.commit());
            assertThat(degraded(place, pipeline, "ForgeDenied")).contains(" needs ");

            var ref = atGitLab ? "refs/merge-requests/7/head" : "refs/pull/7/head";
            var proposed = place.repository().commit(ref, "a", "b", place.commit());
            place.work().finishedRunOf(proposed);
            commented(place, forge, proposed, "**success**: `2 steps succeeded`");
            assertThat(degraded(place, pipeline, "ResultsInComments")).contains("a comment at each pull request");

            place.pods().on("unit").failsWith(3, "");
            var next = place.repository().commit(ref, "a", "c", proposed);
            place.work().finishedRunOf(next);
            commented(place, forge, next, "**failure**: `failed: unit`");
            assertThat(forge.notes(7)).hasSize(1);

            // Once the token has the right, another result is a status
            forge.hideStatuses(null);
            var last = place.repository().commit(ref, "a", "d", next);
            place.work().finishedRunOf(last);
            shows(place, forge, last, atGitLab ? "failed" : "failure", "failed: unit");
            assertThat(forge.notes(7))
                    .singleElement()
                    .satisfies(note -> assertThat(note.body()).contains(next));
        }
    }

    private static void commented(ScriptedNamespace place, FakeForge forge, String commit, String text) {
        place.work()
                .until(
                        "a comment with " + text + ", not " + forge.notes(7),
                        () -> forge.notes(7).stream()
                                .filter(note -> note.body().contains(text)
                                        && note.body().contains(commit))
                                .findFirst());
    }

    @Test
    void gitLabShowsTheSame() throws IOException {
        try (var gitLab = new FakeGitLab();
                var place = place("gitlab", gitLab)) {
            place.reportingPipeline("GitLab", gitLab.url(), SPEC);
            place.work().finishedRunOf(place.commit());
            shows(place, gitLab, place.commit(), "success", "2 steps succeeded");
        }
    }

    @Test
    void endOfATokenIsToldBeforeAndIsNoFault() throws IOException {
        try (var gitLab = new FakeGitLab();
                var place = place("expiry", gitLab)) {
            var end = LocalDate.now(ZoneOffset.UTC).plusDays(5);
            gitLab.expireOn(end.toString());
            var pipeline = place.reportingPipeline("GitLab", gitLab.url(), SPEC);
            var told = place.work()
                    .until(
                            "condition TokenExpiring",
                            () -> TestNamespace.condition(
                                    place.client().resource(pipeline).get(), "TokenExpiring"));
            assertThat(told.reason()).isEqualTo("TokenExpires");
            assertThat(told.message())
                    .isEqualTo("the token of spec.forge.token expires at " + end
                            + "T00:00:00Z: create another one, and put it into Secret forge");
            place.work().finishedRunOf(place.commit());
            shows(place, gitLab, place.commit(), "success", "2 steps succeeded");
            assertThat(TestNamespace.condition(place.client().resource(pipeline).get(), "Degraded"))
                    .isEmpty();
            assertThat(place.meter("hearth_forge_token_end_seconds", "pipeline", place.namespace() + "/p"))
                    .isEqualTo((double) end.atStartOfDay(ZoneOffset.UTC).toEpochSecond());
        }
    }

    @Test
    void commitThatTheForgeDoesNotHaveHoldsUpNoOther() throws IOException {
        try (var gitLab = new FakeGitLab();
                var place = place("lost", gitLab)) {
            gitLab.lose(place.commit());
            var pipeline = place.reportingPipeline("GitLab", gitLab.url(), SPEC);
            place.work().finishedRunOf(place.commit());
            assertThat(degraded(place, pipeline, "ForgeRefused"))
                    .contains("refuses the status of commit " + place.commit());

            var second = place.repository().commit(ScriptedNamespace.MAIN, "a", "b", place.commit());
            place.work().finishedRunOf(second);
            shows(place, gitLab, second, "success", "2 steps succeeded");
            assertThat(degraded(place, pipeline, "ForgeRefused")).contains(place.commit());
        }
    }

    @Test
    void secretThatDoesNotAllowTheHostIsNotSent() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = ScriptedNamespace.open("consent")) {
            place.forgeToken("github.com");
            var pipeline = place.reportingPipeline("GitHub", gitHub.url(), SPEC);

            place.work().finishedRunOf(place.commit());
            assertThat(degraded(place, pipeline, "SecretNotAllowed"))
                    .startsWith(
                            "spec.forge.token names Secret forge, which does not exist or does not allow Pipeline p to"
                                    + " send it to " + host(gitHub));
            assertThat(gitHub.requests()).isEmpty();
        }
    }

    /** What the forge does not take while it is broken, it is told later. */
    @Test
    void brokenForgeDelaysNoRunAndShowsTheResultOnceItIsMended() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = place("broken", gitHub)) {
            gitHub.breakDown(Reply.of(502, "<html>Bad Gateway</html>"));
            var pipeline = place.reportingPipeline("GitHub", gitHub.url(), SPEC);
            place.work().finishedRunOf(place.commit());
            assertThat(degraded(place, pipeline, "ForgeUnavailable")).contains("answered with status 502");

            gitHub.breakDown(new Reply(429, Map.of("Retry-After", "1"), ""));
            assertThat(degraded(place, pipeline, "ForgeRateLimited")).contains("accepts no more requests of the token");

            gitHub.recover();
            shows(place, gitHub, place.commit(), "success", "2 steps succeeded");
            place.work()
                    .until(
                            "no condition Degraded",
                            () -> TestNamespace.condition(
                                                    place.client()
                                                            .resource(pipeline)
                                                            .get(),
                                                    "Degraded")
                                            .isEmpty()
                                    ? Optional.of(true)
                                    : Optional.empty());
        }
    }

    @Test
    void finishedRunIsKeptUntilItsCommitShowsTheResult() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = place("kept", gitHub)) {
            gitHub.breakDown(Reply.of(503, ""));
            place.reportingPipeline("GitHub", gitHub.url(), "history: {keep: 1}\n" + SPEC);
            var run = place.work().finishedRunOf(place.commit());
            var second = place.repository().commit(ScriptedNamespace.MAIN, "a", "b", place.commit());
            place.work().finishedRunOf(second);
            assertThat(place.client().resource(run).get()).isNotNull();

            gitHub.recover();
            shows(place, gitHub, place.commit(), "success", "2 steps succeeded");
            shows(place, gitHub, second, "success", "2 steps succeeded");
        }
    }

    private static ScriptedNamespace place(String purpose, FakeForge forge) {
        var place = ScriptedNamespace.open(purpose);
        place.forgeToken(host(forge));
        return place;
    }

    private static String host(FakeForge forge) {
        return URI.create(forge.url()).getAuthority();
    }

    private static List<String> states(FakeForge forge, String commit) {
        return forge.statuses(commit).stream().map(Status::state).toList();
    }

    private static void shows(ScriptedNamespace place, FakeForge forge, String commit, String state, String text) {
        shows(place, forge, commit, NAME, state, text);
    }

    private static void shows(
            ScriptedNamespace place, FakeForge forge, String commit, String name, String state, String text) {
        place.work()
                .until(
                        "status " + name + ": " + state + " of " + commit + ", not " + forge.statuses(commit),
                        () -> forge.statuses(commit).stream()
                                .filter(it -> it.name().equals(name))
                                .reduce((_, later) -> later)
                                .filter(it -> it.state().equals(state)
                                        && it.description().equals(text)));
    }

    private static void noted(ScriptedNamespace place, PipelineRun run, String text) {
        place.work()
                .until(
                        "the annotation",
                        () -> Optional.ofNullable(place.client()
                                        .resource(run)
                                        .get()
                                        .getMetadata()
                                        .getAnnotations())
                                .filter(all -> text.equals(all.get("hearth.dev/commit-status"))));
    }

    private static String degraded(ScriptedNamespace place, Pipeline pipeline, String reason) {
        return place.work()
                .until(
                        "condition Degraded with " + reason,
                        () -> TestNamespace.condition(
                                        place.client().resource(pipeline).get(), "Degraded")
                                .filter(condition -> condition.reason().equals(reason)))
                .message();
    }
}
