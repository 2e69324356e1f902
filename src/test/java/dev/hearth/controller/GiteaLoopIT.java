package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.RunApproval;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.core.secret.SecretConsent;
import dev.hearth.forge.GiteaServer;
import dev.hearth.forge.GiteaServer.User;
import dev.hearth.git.SshGitServer;
import dev.hearth.testbed.TestNamespace;
import java.io.IOException;
import java.net.URI;
import java.security.KeyPair;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A team with a real Gitea: webhooks start runs, commits show their results, and a branch requires them. */
class GiteaLoopIT {
    private static final String SECRET = "correct horse battery staple";
    private static final String NAME = "hearth/p";
    private static GiteaServer gitea;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(GiteaServer.PROGRAM.isPresent(), "the testbed has no Gitea");
        gitea = GiteaServer.start();
    }

    @AfterAll
    static void end() throws IOException {
        if (gitea != null) {
            gitea.close();
        }
    }

    @Test
    void pushAndPullRequestOfAStrangerRunAndAreRequiredBeforeAMerge() {
        try (var place = ScriptedNamespace.open("gitea")) {
            // Given: a repository whose main branch requires the status, a webhook, and a pipeline that lists refs once
            // an hour
            var ada = gitea.user();
            var repository = ada.name() + "/app";
            ada.call("POST", "/user/repos", "name", "app", "auto_init", true, "default_branch", "main");
            var first = ada.commit(repository, "main", "Dockerfile");
            pipeline(place, ada, repository);
            run(place, first);
            hook(place, ada, repository);
            ada.call(
                    "POST",
                    "/repos/" + repository + "/branch_protections",
                    "rule_name",
                    "main",
                    "enable_push",
                    true,
                    "enable_status_check",
                    true,
                    "status_check_contexts",
                    List.of(NAME));
            shows(place, ada, repository, first, "success", "1 step succeeded");

            // When: somebody pushes
            var second = ada.commit(repository, "main", "second");
            run(place, second);
            shows(place, ada, repository, second, "success", "1 step succeeded");

            // And a stranger proposes a change
            var bob = gitea.user();
            bob.call("POST", "/repos/" + repository + "/forks", "name", "fork");
            var proposed = bob.commit(bob.name() + "/fork", "main", "proposed");
            var number = bob.call(
                            "POST",
                            "/repos/" + repository + "/pulls",
                            "title",
                            "Proposal",
                            "head",
                            bob.name() + ":main",
                            "base",
                            "main")
                    .path("number")
                    .asInt();

            // Then it waits for somebody who may write the repository, and cannot be merged before it has succeeded
            var command = "/approve " + proposed;
            shows(
                    place,
                    ada,
                    repository,
                    proposed,
                    "pending",
                    "waiting for a comment of somebody who may write the repository: " + command);
            assertThat(merge(ada, repository, number)).isEqualTo(405);
            bob.call("POST", "/repos/" + repository + "/issues/" + number + "/comments", "body", command);
            ada.call("POST", "/repos/" + repository + "/issues/" + number + "/comments", "body", command);
            assertThat(run(place, proposed).getSpec().approval()).isNotNull().returns(ada.name(), RunApproval::by);
            shows(place, ada, repository, proposed, "success", "1 step succeeded");
            assertThat(run(place, proposed).getStatus().trust()).hasToString("Untrusted");
            place.work()
                    .until(
                            "the merge",
                            () -> Optional.of(merge(ada, repository, number)).filter(it -> it == 200));

            // And what main has then runs, too
            var merged = ada.call("GET", "/repos/" + repository + "/branches/main")
                    .at("/commit/id")
                    .asText();
            run(place, merged);
            shows(place, ada, repository, merged, "success", "1 step succeeded");
        }
    }

    @Test
    void privateRepositoryIsFollowedOverSshWithADeployKey() {
        try (var place = ScriptedNamespace.open("ssh")) {
            var ada = gitea.user();
            var repository = ada.name() + "/app";
            ada.call(
                    "POST", "/user/repos", "name", "app", "private", true, "auto_init", true, "default_branch", "main");
            var key = SshGitServer.key("ssh-ed25519");
            var deployKey = ada.call(
                            "POST",
                            "/repos/" + repository + "/keys",
                            "title",
                            "hearth",
                            "key",
                            PublicKeyEntry.toString(key.getPublic()),
                            "read_only",
                            true)
                    .path("id")
                    .asText();
            deployKey(place, key, gitea.knownHosts());
            var pipeline = place.work().apply("""
                    apiVersion: hearth.dev/v1alpha1
                    kind: Pipeline
                    metadata: {name: p}
                    spec:
                      source: {url: "%s", credentials: {secretName: deploy-key}}
                      triggers: {poll: 5s, branches: [main]}
                      tasks: [{name: unit, image: busybox, command: ["true"]}]
                    """.formatted(gitea.sshUrl(repository)));

            var pushed = ada.commit(repository, "main", "first");
            run(place, pushed);

            var other = gitea.knownHosts().strip().replaceFirst(" .*", " ")
                    + PublicKeyEntry.toString(SshGitServer.key("ssh-ed25519").getPublic());
            deployKey(place, key, other);
            assertThat(place.work().stalled(pipeline, "HostKeyRejected").message())
                    .contains("add this line to known_hosts: ");
            deployKey(place, key, gitea.knownHosts());
            ada.call("DELETE", "/repos/" + repository + "/keys/" + deployKey);
            assertThat(place.work().stalled(pipeline, "AuthenticationFailed").message())
                    .contains("deploy key");
        }
    }

    private static void deployKey(ScriptedNamespace place, KeyPair key, String knownHosts) {
        place.work()
                .secret(
                        "deploy-key",
                        "kubernetes.io/ssh-auth",
                        Map.of(SecretConsent.PIPELINES, "p", SecretConsent.HOSTS, gitea.sshHost()),
                        Map.of("ssh-privatekey", SshGitServer.text(key), "known_hosts", knownHosts));
    }

    @Test
    void tokenWithoutTheRightIsNamed() {
        try (var place = ScriptedNamespace.open("denied")) {
            var ada = gitea.user();
            var stranger = gitea.user();
            ada.call("POST", "/user/repos", "name", "app", "auto_init", true, "default_branch", "main");
            var pipeline = pipeline(place, stranger, ada.name() + "/app");
            var degraded = place.work()
                    .until(
                            "condition Degraded",
                            () -> TestNamespace.condition(
                                    place.client().resource(pipeline).get(), "Degraded"));
            assertThat(degraded.reason()).isEqualTo("ForgeDenied");
            assertThat(degraded.message()).contains("it needs the scope write:repository");
        }
    }

    /** Everybody who may read a repository may comment there. */
    @Test
    void resultIsShownInOneCommentIfTheTokenMayOnlyComment() {
        try (var place = ScriptedNamespace.open("comment")) {
            var ada = gitea.user();
            var stranger = gitea.user();
            var repository = ada.name() + "/app";
            ada.call("POST", "/user/repos", "name", "app", "auto_init", true, "default_branch", "main");
            var pipeline = pipeline(place, stranger, repository);
            hook(place, ada, repository);
            ada.call("POST", "/repos/" + repository + "/branches", "new_branch_name", "topic");
            var proposed = ada.commit(repository, "topic", "proposed");
            var number = ada.call(
                            "POST", "/repos/" + repository + "/pulls", "title", "T", "head", "topic", "base", "main")
                    .path("number")
                    .asInt();
            commented(ada, place, repository, number, "**waiting for approval**: `waiting for a comment");
            place.work()
                    .until(
                            "condition Degraded",
                            () -> TestNamespace.condition(
                                            place.client().resource(pipeline).get(), "Degraded")
                                    .filter(it -> it.reason().equals("ResultsInComments")));
            place.client().resource(place.work().runOf(proposed)).edit(run -> {
                run.setSpec(run.getSpec()
                        .with()
                        .approval(new RunApproval(proposed, null, null))
                        .build());
                return run;
            });
            run(place, proposed);
            commented(ada, place, repository, number, "**success**: `1 step succeeded`");
        }
    }

    /** Waits until the only comment of a pull request has a text. */
    private static void commented(User user, ScriptedNamespace place, String repository, int number, String text) {
        place.work().until("a comment with " + text, () -> {
            var comments = user.call("GET", "/repos/" + repository + "/issues/" + number + "/comments");
            return comments.size() == 1
                            && comments.path(0).path("body").asText().contains(text)
                    ? Optional.of(true)
                    : Optional.empty();
        });
    }

    private static Pipeline pipeline(ScriptedNamespace place, User reporter, String repository) {
        place.work()
                .secret(
                        "gitea",
                        "Opaque",
                        Map.of(
                                SecretConsent.PIPELINES,
                                "p",
                                SecretConsent.HOSTS,
                                URI.create(gitea.url()).getAuthority()),
                        Map.of("token", reporter.token(), "secret", SECRET));
        return place.work().apply("""
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: p}
                spec:
                  source: {url: "%s/%s.git", allowPlainHttp: true}
                  forge: {type: Gitea, token: {secretName: gitea}, webhook: {secretName: gitea}}
                  triggers: {poll: 1h, branches: [main], pullRequests: {enabled: true}}
                  tasks: [{name: unit, image: busybox, command: ["true"]}]
                """.formatted(gitea.url(), repository));
    }

    private static void hook(ScriptedNamespace place, User owner, String repository) {
        owner.call(
                "POST",
                "/repos/" + repository + "/hooks",
                "type",
                "gitea",
                "active",
                true,
                "events",
                List.of("push", "create", "delete", "pull_request", "pull_request_sync", "issue_comment"),
                "config",
                Map.of("url", place.webhook().toString(), "content_type", "json", "secret", SECRET));
    }

    private static PipelineRun run(ScriptedNamespace place, String commit) {
        return place.work().finishedRunOf(commit);
    }

    private static int merge(User user, String repository, int number) {
        return user.attempt("POST", "/repos/" + repository + "/pulls/" + number + "/merge", "Do", "merge")
                .status();
    }

    private static void shows(
            ScriptedNamespace place, User user, String repository, String commit, String state, String description) {
        place.work().until("status " + state + ", " + description + " of " + commit, () -> {
            var statuses = user.call("GET", "/repos/" + repository + "/commits/" + commit + "/status")
                    .path("statuses");
            var status = statuses.path(0);
            return statuses.size() == 1
                            && status.path("context").asText().equals(NAME)
                            && status.path("status").asText().equals(state)
                            && status.path("description").asText().equals(description)
                    ? Optional.of(true)
                    : Optional.empty();
        });
    }
}
