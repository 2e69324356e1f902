package dev.hearth.e2e;

import static dev.hearth.e2e.CacheFixture.sealed;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StepStatus.State;
import dev.hearth.core.secret.SecretConsent;
import dev.hearth.git.GitServer;
import dev.hearth.testbed.TestNamespace;
import dev.hearth.testbed.WarmPodFinder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Repositories that want credentials, on a git server beside the cluster. */
class PrivateRepositoryE2E {
    private static final String STEP = "tool/linux/amd64";
    private static final String PASSWORD = GitServer.CREDENTIALS.password();
    private static final String BASE64 = Base64.getEncoder()
            .encodeToString((GitServer.CREDENTIALS.username() + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));
    private static final String MAIN = "FROM buildpack-deps:bookworm-scm\nRUN echo dependencies >/dependencies\n";

    /**
     * Returns a Dockerfile that looks wherever a step can, for the password and for another text. It proves first that it
     * would find them.
     */
    private static String thief(String text) {
        return MAIN + """
            RUN --mount=type=secret,id=GIT_AUTH_HEADER --mount=type=secret,id=GIT_AUTH_TOKEN <<'SEARCH'
            set -eu
            secret='correct[ ]horse|%s'
            fails() { if "$@" 2>/dev/null; then echo "this should fail: $*" && exit 9; fi; }
            printf 'correct%%shorse' ' ' >/tmp/decoy
            grep -raqE "$secret" /tmp
            rm /tmp/decoy
            git clone -q --mirror git://127.0.0.1:9418/commit.git /mirror
            test "$(git -C /mirror rev-list --all --count)" = 1
            fails git ls-remote git://127.0.0.1:9418/
            fails git ls-remote git://127.0.0.1:9418/commit.git/..
            fails git archive --remote=git://127.0.0.1:9418/commit.git HEAD
            fails git push -q git://127.0.0.1:9418/commit.git HEAD:refs/heads/other
            { env; cat /proc/*/environ /proc/*/cmdline /proc/mounts 2>/dev/null || true; } >/seen
            grep -aq PATH= /seen
            fails grep -aE "$secret" /seen
            test -z "$(ls -A /run/secrets 2>/dev/null)"
            fails grep -raE "$secret" /run /tmp /var /etc /root /home /srv /mirror /dev/shm
            SEARCH
            """.formatted(text.replaceFirst("^(.)", "[$1]"));
    }

    /** The container with the credentials waits beside the daemon, and fetches once it knows the commit. */
    @Test
    @ResourceLock(value = WarmPodFinder.ROOM, mode = ResourceAccessMode.READ)
    void aRunFetchesItsCommitInThePodThatWaitedForIt() throws IOException {
        try (var work = TestNamespace.open("private-warm");
                var server = server(work)) {
            var policy = CacheFixture.policy(work, "{keepWarm: {trusted: 10m}, storage: {size: 4Gi}}");
            var repository = server.create("private/app");
            var first = repository.commit("refs/heads/main", "Dockerfile", MAIN);
            secret(work, PASSWORD);
            work.apply(pipeline(repository.http().url(), "allowPlainHttp: true, credentials: {secretName: reader}")
                    + "\n  cache: {policy: " + policy.getMetadata().getName() + "}");
            assertThat(work.finishedRunOf(first).getStatus().phase()).isEqualTo(Phase.Succeeded);
            var warm = WarmPodFinder.untilOneWaits(work);

            var second = repository.commit("refs/heads/main", "Dockerfile", MAIN + "RUN true\n", first);
            var run = work.finishedRunOf(second);

            assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Succeeded);
            assertThat(step(run, STEP))
                    .satisfies(it ->
                            assertThat(it.pod()).isEqualTo(warm.getMetadata().getName()))
                    .satisfies(it -> assertThat(it.executed()).isOne());
            showsNothing(work, run, PASSWORD, BASE64);
        }
    }

    @Test
    void buildsMainAndAPullRequestThatFindsNoCredentials() throws IOException {
        try (var work = TestNamespace.open("private");
                var server = server(work)) {
            var repository = server.create("private/app");
            var main = repository.commit("refs/heads/main", "Dockerfile", MAIN);
            secret(work, PASSWORD);
            work.apply(pipeline(repository.http().url(), "allowPlainHttp: true, credentials: {secretName: reader}"));
            var built = work.finishedRunOf(main);
            assertThat(built.getStatus().phase()).as("%s", built.getStatus()).isEqualTo(Phase.Succeeded);
            sealed(work, "refs/heads/main", main);

            var proposed = repository.commit("refs/pull/7/head", "Dockerfile", thief(BASE64), main);
            var searched = work.finishedRunOf(proposed);

            assertThat(searched.getStatus().phase())
                    .as("%s", searched.getStatus())
                    .isEqualTo(Phase.Succeeded);
            assertThat(step(searched, STEP))
                    .satisfies(it -> assertThat(it.cached()).isPositive())
                    .satisfies(it -> assertThat(it.executed()).isOne())
                    .satisfies(it -> assertThat(it.cacheFrom()).doesNotStartWith("Cold"));
            showsNothing(work, built, PASSWORD, BASE64);
            showsNothing(work, searched, PASSWORD, BASE64);
        }
    }

    @Test
    void buildsOverSshWithAKeyThatNoStepFinds() throws IOException {
        try (var work = TestNamespace.open("ssh");
                var server = server(work)) {
            var repository = server.create("app");
            var credentials = server.ssh().credentials();
            var line = credentials.privateKey().lines().toList().get(3);
            work.secret(
                    "reader",
                    "kubernetes.io/ssh-auth",
                    Map.of(SecretConsent.PIPELINES, "small", SecretConsent.HOSTS, "*"),
                    Map.of("ssh-privatekey", credentials.privateKey(), "known_hosts", credentials.knownHosts()));
            var commit = repository.commit("refs/heads/main", "Dockerfile", thief(line));

            work.apply(pipeline(server.ssh().url("app.git"), "credentials: {secretName: reader}"));
            var built = work.finishedRunOf(commit);

            assertThat(built.getStatus().phase()).as("%s", built.getStatus()).isEqualTo(Phase.Succeeded);
            showsNothing(work, built, line);
        }
    }

    @Test
    void passwordThatWasChangedIsSaidOfTheStep() throws IOException {
        try (var work = TestNamespace.open("password");
                var server = server(work)) {
            var repository = server.create("private/app");
            // The first run builds until the name exists.
            var waits = "FROM busybox\nRUN until nslookup go.%s.svc.cluster.local; do sleep 1; done\n"
                    .formatted(work.namespace());
            var commit = repository.commit("refs/heads/main", "Dockerfile", waits);
            secret(work, PASSWORD);
            var pipeline = work.apply(
                    pipeline(repository.http().url(), "allowPlainHttp: true, credentials: {secretName: reader}"));
            // The second run knows its commit and waits for the volume that the first one has.
            work.until(
                    "a first run that builds",
                    () -> work.runs().stream()
                            .filter(it -> it.getStatus() != null)
                            .filter(it ->
                                    it.getStatus().steps().stream().anyMatch(step -> step.state() == State.Running))
                            .findFirst());
            var second = work.start("small", "refs/heads/main", commit);
            work.until(
                    second,
                    it -> it.getStatus().steps().stream().anyMatch(step -> "VolumeInUse".equals(step.reason())));

            secret(work, "wrong horse");
            work.openName("go");
            var failed = work.finished(second);

            assertThat(step(failed, STEP).state()).isEqualTo(State.Failed);
            assertThat(step(failed, STEP).reason()).isEqualTo("SourceFetchFailed");
            assertThat(step(failed, STEP).message())
                    .contains(
                            "spec.source.credentials",
                            "Authentication failed",
                            repository.http().url())
                    .doesNotContain("horse");
            assertThat(work.stalled(pipeline).reason()).isEqualTo("AuthenticationFailed");
        }
    }

    @Test
    void commitStaysCachedWhicheverWayItComes() throws IOException {
        try (var work = TestNamespace.open("ways");
                var server = server(work)) {
            var repository = server.create("app");
            var commit = repository.commit(
                    "refs/heads/main", "Dockerfile", "FROM busybox\nCOPY . /source\nRUN ls /source >/listed\n");
            secret(work, PASSWORD);
            var open = pipeline(repository.http().url(), "");
            // The same URL, since a cache is of one repository; that asks for no credentials and takes them.
            var closed = pipeline(repository.http().url(), "allowPlainHttp: true, credentials: {secretName: reader}");
            work.apply(open);
            assertThat(executed(work.finishedRunOf(commit))).isPositive();

            change(work, closed);
            var privately = work.finished(work.start("small", "refs/heads/main", commit));
            change(work, open);
            var publicly = work.finished(work.start("small", "refs/heads/main", commit));

            assertThat(executed(privately)).isZero();
            assertThat(step(privately, STEP).cached()).isEqualTo(2);
            assertThat(executed(publicly)).isZero();
            assertThat(containers(pod(work, privately)))
                    .extracting(Container::getName)
                    .contains("fetch", "source");
            assertThat(containers(pod(work, publicly)))
                    .extracting(Container::getName)
                    .containsExactly("buildkitd", "tool");
        }
    }

    private static GitServer server(TestNamespace work) throws IOException {
        var host = work.cluster().host();
        Assumptions.assumeTrue(host.isPresent(), "pods of this cluster cannot reach a server of this machine");
        return GitServer.start(host.get());
    }

    private static String pipeline(String url, String credentials) {
        return """
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: small}
                spec:
                  source: {url: "%s", %s}
                  triggers: {poll: 5s, branches: [main], pullRequests: {enabled: true}}
                  builds: [{name: tool}]
                """.formatted(url, credentials);
    }

    private static void change(TestNamespace work, String yaml) {
        var changed = Serialization.unmarshal(yaml, Pipeline.class);
        // Its status changes all the time: an edit of what was just read may be too late.
        work.until("the pipeline to be changed", () -> {
            try {
                return Optional.of(work.client()
                        .resources(Pipeline.class)
                        .inNamespace(work.namespace())
                        .withName("small")
                        .edit(it -> {
                            it.setSpec(changed.getSpec());
                            return it;
                        }));
            } catch (KubernetesClientException e) {
                if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                    throw e;
                }
                return Optional.empty();
            }
        });
    }

    private static void secret(TestNamespace work, String password) {
        work.secret(
                "reader",
                "kubernetes.io/basic-auth",
                Map.of(SecretConsent.PIPELINES, "small", SecretConsent.HOSTS, "*"),
                Map.of("username", GitServer.CREDENTIALS.username(), "password", password));
    }

    private static int executed(PipelineRun run) {
        assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Succeeded);
        return Objects.requireNonNull(step(run, STEP).executed());
    }

    /** Neither in what its objects say, nor in any of its logs. */
    private static void showsNothing(TestNamespace work, PipelineRun run, String... secrets) {
        var pod = pod(work, run);
        var logs = containers(pod)
                .map(container -> work.client()
                        .pods()
                        .resource(pod)
                        .inContainer(container.getName())
                        .getLog())
                .toList();

        assertThat(logs).hasSize(4).anySatisfy(log -> assertThat(log).contains("git://127.0.0.1:9418/commit.git"));
        assertThat(logs).allSatisfy(log -> assertThat(log).doesNotContain(secrets));
        assertThat(Serialization.asYaml(pod) + Serialization.asYaml(run)).doesNotContain(secrets);
    }

    private static Stream<Container> containers(Pod pod) {
        return Stream.concat(pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream());
    }

    private static Pod pod(TestNamespace work, PipelineRun run) {
        var name = Objects.requireNonNull(step(run, STEP).pod());
        return work.client().pods().inNamespace(work.namespace()).withName(name).get();
    }
}
