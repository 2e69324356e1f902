package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Pipeline;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.core.secret.SecretConsent;
import dev.hearth.forge.FakeForge.Proposal;
import dev.hearth.forge.FakeGitHub;
import dev.hearth.forge.FakeGitHubApp;
import dev.hearth.forge.FakeGitHubApp.CheckRun;
import dev.hearth.testbed.TestNamespace;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Commits show the results of their runs as check runs of a GitHub App. */
class CheckRunLoopIT {
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
            place.appPipeline(gitHub.url(), SPEC);
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
            var pipeline = place.appPipeline(gitHub.url(), SPEC);
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
