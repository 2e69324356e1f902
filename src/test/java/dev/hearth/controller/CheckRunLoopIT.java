package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.RunApproval;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.core.secret.SecretConsent;
import dev.hearth.forge.FakeForge.Proposal;
import dev.hearth.forge.FakeGitHub;
import dev.hearth.forge.FakeGitHubApp;
import dev.hearth.forge.FakeGitHubApp.CheckRun;
import dev.hearth.testbed.TestNamespace;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.codec.digest.HmacAlgorithms;
import org.apache.commons.codec.digest.HmacUtils;
import org.junit.jupiter.api.Test;

/** Commits show the results of their runs as check runs of a GitHub App. */
class CheckRunLoopIT {
    private static final String SECRET = "correct horse battery staple";
    private static final String OTHER = """
            apiVersion: hearth.dev/v1alpha1
            kind: Pipeline
            metadata: {name: %s}
            spec:
              source: {url: "https://127.0.0.1:1/team/app.git", allowPlainHttp: true}
              forge: {type: GitHub, url: "%s", app: {id: %d, secretName: forge}, webhook: {secretName: hook}}
              tasks: [{name: unit, image: busybox, command: ["true"]}]
            """;
    private static final String SPEC = """
            triggers: {poll: 5s, branches: [main], pullRequests: {enabled: true}}
            tasks:
            - {name: unit, image: busybox, command: ["true"]}
            - {name: lint, image: busybox, command: ["true"], needs: [unit]}
            """;

    @Test
    void commitHasOneCheckRunThatEndsWithTheResult() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = ScriptedNamespace.open("checks")) {
            place.appKey();
            place.appPipeline(gitHub.url(), null, SPEC);
            var run = place.work().finishedRunOf(place.commit());
            var shown = shows(place, gitHub, place.commit(), "success", "2 steps succeeded");
            assertThat(shown.name()).isEqualTo("hearth/p");
            assertThat(shown.summary()).contains("| `unit` | Succeeded |", "| `lint` | Succeeded |");
            assertThat(gitHub.app().runs(place.commit())).hasSize(1);
            assertThat(gitHub.statuses(place.commit())).isEmpty();
            place.work()
                    .until(
                            "the annotation",
                            () -> Optional.ofNullable(place.client()
                                            .resource(run)
                                            .get()
                                            .getMetadata()
                                            .getAnnotations())
                                    .map(all -> all.get("hearth.dev/commit-status"))
                                    .filter(text -> text.startsWith("Success: 2 steps succeeded (hearth/p at ")));

            // A pull request of a stranger needs an action
            gitHub.propose(7, new Proposal("bob", "bob", null));
            var proposed = place.repository().commit("refs/pull/7/head", "a", "b", place.commit());
            shows(place, gitHub, proposed, "action_required", "waiting for a comment");
            assertThat(gitHub.app().runs(proposed).getLast().buttons())
                    .as("without a webhook nobody would hear of it")
                    .isEmpty();
        }
    }

    @Test
    void linesOfADockerfileAreAnnotatedOnceForAllPlatforms() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = ScriptedNamespace.open("findings")) {
            place.appKey();
            place.pods().on("").says("image", """
                    {"version":1,"cached":3,"executed":1,"warnings":[
                    {"rule":"FromAsCasing","message":"'as' and 'FROM' keywords' casing do not match","line":1}]}
                    """);
            place.appPipeline(gitHub.url(), null, """
                    triggers: {poll: 5s, branches: [main]}
                    builds: [{name: image, dockerfile: docker/Dockerfile, platforms: [linux/amd64, linux/arm64]}]
                    """);
            place.work().finishedRunOf(place.commit());
            assertThat(shows(place, gitHub, place.commit(), "success", "2 steps succeeded")
                            .annotations())
                    .singleElement()
                    .satisfies(it -> {
                        assertThat(it.path("path").asText()).isEqualTo("docker/Dockerfile");
                        assertThat(it.path("start_line").asInt()).isEqualTo(1);
                        assertThat(it.path("annotation_level").asText()).isEqualTo("warning");
                        assertThat(it.path("title").asText()).isEqualTo("FromAsCasing");
                    });

            place.pods().on("").failsIn("image", 1, """
                    docker/Dockerfile:7
                    --------------------
                       7 | >>> RUN make
                    --------------------
                    error: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2
                    """);
            var next = place.repository().commit(ScriptedNamespace.MAIN, "a", "b", place.commit());
            place.work().finishedRunOf(next);
            assertThat(shows(place, gitHub, next, "failure", "failed: image").annotations())
                    .singleElement()
                    .satisfies(it -> {
                        assertThat(it.path("start_line").asInt()).isEqualTo(7);
                        assertThat(it.path("annotation_level").asText()).isEqualTo("failure");
                        assertThat(it.path("message").asText()).isEqualTo("The build failed at this instruction.");
                    });
        }
    }

    @Test
    void whatIsWrongWithAnAppIsSaid() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = ScriptedNamespace.open("noapp")) {
            place.work()
                    .secret(
                            "forge",
                            "Opaque",
                            Map.of(SecretConsent.PIPELINES, "p", SecretConsent.HOSTS, "*"),
                            Map.of("privateKey", "no key"));
            gitHub.app().uninstall();
            var pipeline = place.appPipeline(gitHub.url(), null, SPEC);
            place.work().finishedRunOf(place.commit());
            assertThat(degraded(place, pipeline, "SecretInvalid"))
                    .startsWith("Secret forge of spec.forge.app has no key privateKey with a private key of the App");

            place.patch(
                    place.client()
                            .secrets()
                            .inNamespace(place.namespace())
                            .withName("forge")
                            .get(),
                    "{\"stringData\": {\"privateKey\": \"%s\"}}"
                            .formatted(FakeGitHubApp.key().replace("\n", "\\n")));
            assertThat(degraded(place, pipeline, "ForgeNotFound"))
                    .startsWith("GitHub App 4711 is not installed at team/app");
        }
    }

    /** A delivery that comes again, or is of somebody who may not write, changes nothing. */
    @Test
    void buttonsApproveARunAndRunItAgainOnce() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = ScriptedNamespace.open("buttons")) {
            place.appKey();
            place.work().secret("hook", "Opaque", Map.of(SecretConsent.PIPELINES, "p"), Map.of("secret", SECRET));
            gitHub.addWriter("ada");
            gitHub.propose(7, new Proposal("bob", "bob", null));
            var pipeline = place.appPipeline(gitHub.url(), "hook", SPEC);
            place.work().finishedRunOf(place.commit());
            place.pods().on("unit").failsWith(3, "");
            var proposed = place.repository().commit("refs/pull/7/head", "a", "b", place.commit());
            var waiting = shows(place, gitHub, proposed, "action_required", "waiting for a comment");
            assertThat(waiting.buttons()).hasSize(1);

            // When: somebody else presses, then a writer
            press(place, "bobs", "requested_action", waiting, "bob");
            assertThat(result(place, pipeline, "bobs"))
                    .isEqualTo("bob has pressed a button, and may not write the repository");
            assertThat(runs(place, proposed))
                    .singleElement()
                    .satisfies(run -> assertThat(run.getSpec().approval()).isNull());
            press(place, "adas", "requested_action", waiting, "ada");
            var run = place.work().finishedRunOf(proposed);
            assertThat(run.getSpec().approval()).isNotNull().returns("ada", RunApproval::by);
            var failed = shows(place, gitHub, proposed, "failure", "failed: unit");
            assertThat(failed.id()).isGreaterThan(waiting.id());

            // And runs it again, and the delivery comes again after that
            place.pods().on("unit").succeeds();
            press(place, "again", "rerequested", failed, "ada");
            shows(place, gitHub, proposed, "success", "2 steps succeeded");
            assertThat(runs(place, proposed)).hasSize(2);
            press(place, "twice", "rerequested", failed, "ada");
            press(place, "adas2", "requested_action", waiting, "ada");
            assertThat(result(place, pipeline, "twice")).isEqualTo("the button of ada is for no run now");
            assertThat(result(place, pipeline, "adas2")).isEqualTo("the button of ada is for no run now");
            assertThat(runs(place, proposed)).hasSize(2);
        }
    }

    /** A step that is not run ends in each run with the same text. */
    @Test
    void stepIsRunAgainWithEachPress() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = ScriptedNamespace.open("presses")) {
            place.appKey();
            place.work().secret("hook", "Opaque", Map.of(SecretConsent.PIPELINES, "p"), Map.of("secret", SECRET));
            gitHub.addWriter("ada");
            place.pods().on("unit").failsWith(3, "");
            var pipeline = place.appPipeline(gitHub.url(), "hook", "PerStep", SPEC);
            place.work().finishedRunOf(place.commit());
            var before = 0L;
            for (int number = 1; number <= 3; number++) {
                var shown = ended(place, gitHub, "hearth/p/lint", before);
                assertThat(shown.conclusion()).isEqualTo("cancelled");
                assertThat(shown.buttons()).isEmpty();
                press(place, "press" + number, "rerequested", shown, "ada");
                assertThat(result(place, pipeline, "press" + number)).startsWith("ada has run again ");
                assertThat(runs(place, place.commit())).hasSize(number + 1);
                before = shown.id();
            }
            ended(place, gitHub, "hearth/p/lint", before);
        }
    }

    private static CheckRun ended(ScriptedNamespace place, FakeGitHub gitHub, String name, long after) {
        return place.work()
                .until(
                        "check run " + name + " after " + after,
                        () -> gitHub.app().runs(place.commit()).stream()
                                .filter(run -> run.name().equals(name) && run.id() > after)
                                .reduce((_, later) -> later)
                                .filter(run -> run.status().equals("completed")));
    }

    /** A run of an old commit of a trusted branch would have Secrets, and move tags back. */
    @Test
    void oldCommitAndSuspendedPipelineAreNotRunAgain() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = ScriptedNamespace.open("stale")) {
            place.appKey();
            place.work().secret("hook", "Opaque", Map.of(SecretConsent.PIPELINES, "p"), Map.of("secret", SECRET));
            gitHub.addWriter("ada");
            var pipeline = place.appPipeline(gitHub.url(), "hook", SPEC);
            place.work().finishedRunOf(place.commit());
            var old = shows(place, gitHub, place.commit(), "success", "2 steps succeeded");
            var present = place.repository().commit("refs/heads/main", "a", "b", place.commit());
            place.work().finishedRunOf(present);
            var newest = shows(place, gitHub, present, "success", "2 steps succeeded");

            press(place, "stale", "rerequested", old, "ada");
            assertThat(result(place, pipeline, "stale")).isEqualTo("the button of ada is for no run now");
            place.patch(place.client().resource(pipeline).get(), "{\"spec\": {\"suspend\": true}}");
            press(place, "suspended", "rerequested", newest, "ada");
            assertThat(result(place, pipeline, "suspended"))
                    .isEqualTo("the button of ada starts no run: spec.suspend of the pipeline is true");
            assertThat(place.work().runs()).hasSize(2);

            place.patch(place.client().resource(pipeline).get(), "{\"spec\": {\"suspend\": false}}");
            press(place, "present", "rerequested", newest, "ada");
            assertThat(result(place, pipeline, "present")).startsWith("ada has run again ");
            assertThat(runs(place, present)).hasSize(2);
        }
    }

    /** An App has one webhook, and its pipelines can be many. */
    @Test
    void buttonIsHeardByThePipelineWhoseCheckRunItIs() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = ScriptedNamespace.open("receivers")) {
            place.appKey();
            place.work().secret("hook", "Opaque", Map.of(SecretConsent.PIPELINES, "p,q"), Map.of("secret", SECRET));
            var addressed = place.appPipeline(gitHub.url(), "hook", SPEC);
            var other = place.work().apply(OTHER.formatted("q", gitHub.url(), FakeGitHubApp.ID));
            var forbidden = place.work().apply(OTHER.formatted("r", gitHub.url(), FakeGitHubApp.ID));
            place.work().finishedRunOf(place.commit());

            press(place, "one", "rerequested", check(place, 1, "hearth/r"), "ada");
            press(place, "two", "rerequested", check(place, 2, "hearth/q"), "ada");

            assertThat(result(place, other, "two")).isEqualTo("the button of ada is for no run now");
            for (var not : List.of(addressed, forbidden)) {
                assertThat(place.client().resource(not).get().getStatus().deliveries())
                        .isEmpty();
            }
        }
    }

    private static CheckRun check(ScriptedNamespace place, long id, String name) {
        return new CheckRun(id, place.commit(), name, "completed", "success", "", "", "", List.of(), List.of());
    }

    private static List<PipelineRun> runs(ScriptedNamespace place, String commit) {
        return place.work().runs().stream()
                .filter(run -> commit.equals(run.getSpec().commit()))
                .toList();
    }

    private static void press(ScriptedNamespace place, String delivery, String action, CheckRun run, String user) {
        var body = """
                {"action": "%s", "requested_action": {"identifier": "approve"},
                 "check_run": {"id": %d, "name": "%s", "head_sha": "%s", "app": {"id": %d}},
                 "repository": {"full_name": "team/app"}, "sender": {"login": "%s", "id": 1}}
                """.formatted(action, run.id(), run.name(), run.commit(), FakeGitHubApp.ID, user);
        var signature = new HmacUtils(HmacAlgorithms.HMAC_SHA_256, SECRET).hmacHex(body);
        assertThat(place.webhook(
                        body,
                        Map.of(
                                "Content-Type",
                                "application/json",
                                "X-GitHub-Event",
                                "check_run",
                                "X-GitHub-Delivery",
                                delivery,
                                "X-Hub-Signature-256",
                                "sha256=" + signature)))
                .isEqualTo(202);
    }

    private static String result(ScriptedNamespace place, Pipeline pipeline, String delivery) {
        return place.work()
                .until(
                        "delivery " + delivery,
                        () -> place.client().resource(pipeline).get().getStatus().deliveries().stream()
                                .filter(it -> delivery.equals(it.id()))
                                .findFirst())
                .result();
    }

    private static CheckRun shows(
            ScriptedNamespace place, FakeGitHub gitHub, String commit, String conclusion, String text) {
        return place.work()
                .until(
                        "check run " + conclusion + " of " + commit,
                        () -> gitHub.app().runs(commit).stream()
                                .reduce((_, later) -> later)
                                .filter(run -> run.conclusion().equals(conclusion)
                                        && run.title().startsWith(text)));
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
