package dev.hearth.e2e;

import static dev.hearth.e2e.CacheFixture.log;
import static dev.hearth.e2e.CacheFixture.policy;
import static dev.hearth.e2e.CacheFixture.scope;
import static dev.hearth.e2e.CacheFixture.sealed;
import static dev.hearth.e2e.CacheFixture.seed;
import static dev.hearth.e2e.CacheFixture.succeeded;
import static dev.hearth.e2e.CacheFixture.volume;
import static dev.hearth.testbed.TestNamespace.condition;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.SeedMode;
import dev.hearth.api.StepStatus;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import dev.hearth.testbed.VolumeFiles;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Builds have the strongest isolation that there is, or the one that is asked for, and what it promises. */
@Order(2) // takes long
class IsolationE2E {
    /** Layers that delete what lower ones made, files of other owners, a cache mount, and steps that the source runs. */
    private static final String DOCKERFILE = """
            FROM busybox
            RUN mkdir -p /kept /again/old && touch /kept/a /kept/b /again/old/a && chown 33:33 /kept/b
            RUN rm -rf /kept/a /again && mkdir /again && touch /again/new
            RUN --mount=type=cache,target=/cache echo main >>/cache/lines
            COPY source /source
            RUN --mount=type=cache,target=/cache cat /source >>/cache/lines; cat /cache/lines
            RUN test "$(find /kept /again | sort | tr '\\n' ' ')" = "/again /again/new /kept /kept/b "
            """;

    private static final String REST = """
            cache: {policy: %s}
            builds: [{name: tool}]
            """;
    private static final String TOOL = "tool/linux/amd64";

    @Test
    void strongestFormIsFoundAndShown() {
        try (var work = TestNamespace.open("isolation");
                var repository = work.repository()) {
            // Else the preflight of another namespace would count here too.
            admitDifferently(work);
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, "builds: [{name: tool}]"));
            var forged = forgedEvent(work);

            succeeded(work.finishedRunOf(commit));

            var scope = scope(work, "refs/heads/main");
            assertThat(scope.getStatus().isolation())
                    .as("in spite of an event that anybody may create: %s", forged)
                    .isEqualTo(IsolationForm.UserNamespace);
            var isolated = condition(scope, "Isolated").orElseThrow();
            assertThat(isolated.status()).isEqualTo("True");
            assertThat(isolated.message()).contains("UserNamespace is possible");
            assertThat(events(work))
                    .anySatisfy(event -> assertThat(event.getReason()).isEqualTo("IsolationFound"));
            assertThat(work.client().pods().inNamespace(work.namespace()).list().getItems())
                    .extracting(pod -> pod.getMetadata().getName())
                    .noneMatch(name -> name.startsWith("hearth-preflight"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"UserNamespace", "Rootless"})
    void pullRequestReadsMainsVolumeAndNothingInItsPodCanWriteIt(IsolationForm form) throws Exception {
        try (var work = TestNamespace.open("locked");
                var repository = work.repository();
                var _ = pinned(work, "{isolation: " + form + ", seed: [Overlay]}")) {
            // Given: main has built, and again, and sealed
            var main = push(repository, "refs/heads/main", "one");
            work.apply(CacheFixture.pipeline(repository, REST.formatted(work.namespace())));
            succeeded(work.finishedRunOf(main));
            var again = succeeded(work.finished(work.start("small", "refs/heads/main", main)));
            assertThat(step(again, TOOL).executed()).as("%s", again.getStatus()).isZero();
            var trusted = work.until(
                    "the second run's generation",
                    () -> Optional.of(volume(work, "refs/heads/main"))
                            .filter(it -> Integer.valueOf(2).equals(it.generation())));
            assertThat(trusted.isolation()).isEqualTo(form);
            try (var files = VolumeFiles.of(work, trusted.claim())) {
                assertThat(files.shell("ls root")).contains("runc-overlayfs").doesNotContain("native", "fuse");
                var before = files.hash(".");

                // When: a pull request builds, and its daemon is broken into meanwhile
                var waits =
                        "RUN until nslookup go.%s.svc.cluster.local; do sleep 1; done\n".formatted(work.namespace());
                var proposed = repository.push(
                        "refs/pull/1/head", Map.of("source", "two\n", "Dockerfile", DOCKERFILE + waits));
                var attempt = brokenIn(work, "refs/pull/1/head", trusted.claim());
                work.openName("go");
                var run = succeeded(work.finishedRunOf(proposed));

                // Then
                assertThat(attempt)
                        .contains("Read-only file system", "remount refused")
                        .doesNotContain("written", "remounted", "replaced");
                assertThat(seed(work, "refs/pull/1/head").mode()).isEqualTo(SeedMode.Overlay);
                assertThat(step(run, TOOL).cached()).as("%s", run.getStatus()).isEqualTo(3);
                assertThat(files.hash(".")).as("files of main's volume").isEqualTo(before);
            }
        }
    }

    @Test
    void privilegedSaysWhatIsWeakerAndMountsNoTrustedCache() throws Exception {
        try (var work = TestNamespace.open("privileged");
                var repository = work.repository();
                var _ = pinned(work, "{isolation: Privileged, seed: [Overlay, Copy]}")) {
            var main = push(repository, "refs/heads/main", "one");
            work.apply(CacheFixture.pipeline(repository, REST.formatted(work.namespace())));
            succeeded(work.finishedRunOf(main));
            sealed(work, "refs/heads/main", main);

            var proposed = push(repository, "refs/pull/1/head", "two");
            var run = succeeded(work.finishedRunOf(proposed));

            var scope = scope(work, "refs/pull/1/head");
            assertThat(scope.getStatus().isolation()).isEqualTo(IsolationForm.Privileged);
            var isolated = condition(scope, "Isolated").orElseThrow();
            assertThat(isolated.status()).isEqualTo("False");
            assertThat(isolated.message()).contains("root of their node", "mount no volume of a trusted ref");
            assertThat(events(work))
                    .anySatisfy(event -> assertThat(event.getType() + " " + event.getReason())
                            .isEqualTo("Warning IsolationFound"));
            assertThat(seed(work, "refs/pull/1/head").mode()).isEqualTo(SeedMode.Cold);
            assertThat(step(run, TOOL).cached()).as("%s", run.getStatus()).isZero();
            assertThat(pods(work, scope))
                    .isNotEmpty()
                    .allSatisfy(pod -> assertThat(claims(pod))
                            .containsExactly(volume(work, "refs/pull/1/head").claim()));
        }
    }

    @Test
    void untrustedBuildsBecomeRootOfTheirNodeOnlyIfAPolicySaysSo() {
        try (var work = TestNamespace.open("unforced");
                var repository = work.repository();
                var _ = refusing(
                        work,
                        "!has(object.spec.hostUsers) && !(has(object.spec.initContainers)"
                                + " && object.spec.initContainers.exists(c, has(c.command) && c.command[0] =="
                                + " 'rootlesskit'))")) {
            var main = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, "builds: [{name: tool}]")
                    .replace("branches: [main]", "branches: [main], pullRequests: {enabled: true}"));
            succeeded(work.finishedRunOf(main));
            assertThat(scope(work, "refs/heads/main").getStatus().isolation()).isEqualTo(IsolationForm.Privileged);

            var run = work.finishedRunOf(repository.push(
                    "refs/pull/1/head", Map.of("Dockerfile", MinimalPipeline.DOCKERFILE + "# proposed\n")));

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
            assertThat(step(run, TOOL))
                    .returns("IsolationUnavailable", StepStatus::reason)
                    .satisfies(step -> assertThat(step.message()).contains("set isolation: Privileged"));
            assertThat(pods(work, scope(work, "refs/pull/1/head"))).isEmpty();
        }
    }

    @Test
    void nextFormIsTakenWhereTheStrongestIsNotAdmitted() throws Exception {
        try (var work = TestNamespace.open("fallback");
                var repository = work.repository();
                var _ = refusingUserNamespaces(work)) {
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, "builds: [{name: tool}]"));

            succeeded(work.finishedRunOf(commit));

            var scope = scope(work, "refs/heads/main");
            assertThat(scope.getStatus().isolation()).isEqualTo(IsolationForm.Rootless);
            assertThat(condition(scope, "Isolated").orElseThrow().message())
                    .contains("UserNamespace is not possible", "no user namespaces today");
        }
    }

    @Test
    void namespaceThatAdmitsNoBuildPodIsToldTheLabel() {
        try (var work = TestNamespace.open("baseline");
                var repository = work.repository()) {
            work.place().enforce("baseline");
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, "builds: [{name: tool}]"));

            var run = work.finishedRunOf(commit);

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
            assertThat(step(run, TOOL))
                    .returns("PodSecurityViolation", StepStatus::reason)
                    .satisfies(step -> assertThat(step.message())
                            .contains(work.namespace(), "pod-security.kubernetes.io/enforce=privileged"));

            // The next run looks again.
            work.place().enforce("privileged");
            succeeded(work.finished(work.start("small", "refs/heads/main", commit)));
        }
    }

    @Test
    void volumeThatHoldsNoOverlayFailsTheBuildWithThatReason() throws Exception {
        try (var work = TestNamespace.open("snapshotter");
                var repository = work.repository();
                var _ = volumeOnAnOverlay(work);
                var _ = pinned(
                        work, "{isolation: Privileged, storage: {className: " + work.namespace() + ", size: 1Gi}}")) {
            var commit = MinimalPipeline.push(repository);
            work.apply(CacheFixture.pipeline(repository, REST.formatted(work.namespace())));

            var failed = step(work.finishedRunOf(commit), TOOL);

            assertThat(failed.reason()).as("%s", failed).isEqualTo("OverlayUnsupported");
        }
    }

    /** Files of a cache and of an artifact belong to the same users, whether a pod has a user namespace or not. */
    @Test
    void tasksHaveUserNamespacesOfTheirOwnAndShareFilesWithThoseThatHaveNone() {
        try (var work = TestNamespace.open("task-users");
                var repository = work.repository();
                var policy = pinned(work, "{pods: {userNamespaces: Never}}")) {
            var commit = MinimalPipeline.push(repository);
            work.apply(CacheFixture.pipeline(repository, """
                    cache: {policy: %s}
                    builds: [{name: tool, artifact: true}]
                    tasks:
                    - {name: plain, image: busybox, command: [cat, /proc/self/uid_map]}
                    - name: files
                      image: busybox
                      artifacts: [tool]
                      artifact: {path: /out}
                      caches: [{path: /src/target}]
                      command:
                      - sh
                      - -euc
                      - |
                        cat /proc/self/uid_map
                        /artifacts/tool/tool >/out/made
                        cat /src/target/lines 2>/dev/null || true
                        echo {run} >>/src/target/lines
                    - name: reader
                      image: busybox
                      artifacts: [files]
                      command: [sh, -euc, "cat /proc/self/uid_map /artifacts/files/made"]
                    """.formatted(work.namespace())));
            var without = succeeded(work.finishedRunOf(commit));
            assertThat(users(without)).isEqualTo("False UserNamespacesDisabled");
            assertThat(usersOnNode(work, without)).containsOnly("0");

            policy.become("{pods: {userNamespaces: Auto}}");
            var with = succeeded(work.finished(work.start("small", "refs/heads/main", commit)));
            assertThat(users(with)).isEqualTo("True UserNamespacesUsed");
            assertThat(usersOnNode(work, with)).hasSize(3).doesNotContain("0");
            assertThat(log(work, step(with, "files").pod())).endsWith(name(without));
            assertThat(log(work, step(with, "reader").pod())).contains("made of ");

            policy.become("{pods: {userNamespaces: Never}}");
            var again = succeeded(work.finished(work.start("small", "refs/heads/main", commit)));
            assertThat(usersOnNode(work, again)).containsOnly("0");
            assertThat(log(work, step(again, "files").pod())).endsWith(name(without) + "\n" + name(with));
        }
    }

    @Test
    void tasksRunWithoutAUserNamespaceWhereThereCanBeNoneUnlessThePolicyDemandsOne() {
        try (var work = TestNamespace.open("no-task-users");
                var repository = work.repository();
                var policy = pinned(work, "{}")) {
            var commit = MinimalPipeline.push(repository);
            try (var _ = refusingUserNamespaces(work)) {
                work.apply(CacheFixture.pipeline(repository, """
                        cache: {policy: %s}
                        tasks: [{name: plain, image: busybox, command: [cat, /proc/self/uid_map]}]
                        """.formatted(work.namespace())));
                var without = succeeded(work.finishedRunOf(commit));
                assertThat(users(without)).isEqualTo("False UserNamespacesUnsupported");
                assertThat(condition(without, "UserNamespaces").orElseThrow().message())
                        .contains("no user namespaces today");

                policy.become("{pods: {userNamespaces: Always}}");
                var refused = work.finished(work.start("small", "refs/heads/main", commit));
                assertThat(step(refused, "plain"))
                        .returns("UserNamespaceRequired", StepStatus::reason)
                        .returns(StepStatus.Failure.Setup, StepStatus::failure)
                        .satisfies(step -> assertThat(step.message())
                                .contains("no user namespaces today", "userNamespaces: Auto"));
            }

            // The next run looks again.
            work.until(
                    "the refusal to end",
                    () -> Optional.of(true).filter(_ -> refusal(work).isEmpty()));
            var with = succeeded(work.finished(work.start("small", "refs/heads/main", commit)));
            assertThat(usersOnNode(work, with)).hasSize(1).doesNotContain("0");
        }
    }

    /** What a run says of the users of its tasks. */
    private static String users(PipelineRun run) {
        var condition = condition(run, "UserNamespaces").orElseThrow();
        return condition.status() + " " + condition.reason();
    }

    /** What root of each task's pod is on the node, as the first line of its log says. */
    private static List<String> usersOnNode(TestNamespace work, PipelineRun run) {
        return run.getStatus().steps().stream()
                .filter(step -> !step.name().contains("/"))
                .map(step -> log(work, step.pod()).replaceFirst("(?s)^\\s*[0-9]+\\s+([0-9]+).*", "$1"))
                .toList();
    }

    private static String name(PipelineRun run) {
        return run.getMetadata().getName();
    }

    /** What happens to one who has the daemon of a pull request's build and tries to write what it reads. */
    private static String brokenIn(TestNamespace work, String ref, String claim) throws Exception {
        var pod = work.until(
                "a build pod of " + ref,
                () -> work.client().resources(CacheScope.class).inNamespace(work.namespace()).list().getItems().stream()
                        .filter(it -> it.getSpec().ref().equals(ref))
                        .flatMap(it -> pods(work, it).stream())
                        .filter(IsolationE2E::isBuilding)
                        .findFirst());
        var script = """
                until [ -S /var/lib/hearth/sockets/buildkitd.sock ]; do sleep 0.1; done
                for process in /proc/[0-9]*; do
                  [ "$(cat $process/comm 2>/dev/null)" != buildkitd ] || daemon=${process#/proc/}
                done
                nsenter -t $daemon -U -m --preserve-credentials sh -c '
                  touch %1$s/new && echo written
                  mount -o remount,rw,bind %1$s && echo remounted || echo remount refused
                  mkdir -p /tmp/other && mount --bind %1$s /tmp/other
                  mount -o remount,rw,bind /tmp/other && echo remounted
                  touch /tmp/other/new && echo written
                  mount -o remount,rw,bind /
                  for program in sh find mount; do
                    path=$(readlink -f $(command -v $program))
                    cp $path $path.new && mv $path.new $path && echo replaced $program
                  done
                  for folder in /etc /lib /usr/lib; do touch $folder/new && echo replaced $folder; done
                  true'
                """.formatted("/var/lib/hearth/volumes/" + claim);
        var out = new ByteArrayOutputStream();
        try (var operator = HearthDeployment.operator(work.cluster());
                var exec = operator.pods()
                        .inNamespace(work.namespace())
                        .withName(pod.getMetadata().getName())
                        .inContainer("buildkitd")
                        .writingOutput(out)
                        .writingError(out)
                        .exec("sh", "-c", script)) {
            assertThat(exec.exitCode().get(1, TimeUnit.MINUTES)).as("%s", out).isZero();
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /** Has the API server give pods of the namespace a pull Secret, which is none, and which they have nowhere else. */
    private static void admitDifferently(TestNamespace work) {
        var accounts =
                work.client().serviceAccounts().inNamespace(work.namespace()).withName("default");
        work.until("the default account", () -> Optional.ofNullable(accounts.get()));
        accounts.edit(account -> account.edit().addNewImagePullSecret("none").build());
    }

    /** Creates an event of the preflight's pod, as its namespace's editors may create it. */
    private static Event forgedEvent(TestNamespace work) {
        var pod = work.until(
                "the preflight's pod",
                () -> work.client().pods().inNamespace(work.namespace()).list().getItems().stream()
                        .filter(it -> it.getMetadata().getName().startsWith("hearth-preflight"))
                        .findFirst());
        return work.client()
                .v1()
                .events()
                .resource(new EventBuilder()
                        .withNewMetadata()
                        .withNamespace(work.namespace())
                        .withName("forged")
                        .endMetadata()
                        .withType("Warning")
                        .withReason("FailedCreatePodSandBox")
                        .withMessage("runtime does not support user namespaces")
                        .withNewInvolvedObject()
                        .withApiVersion("v1")
                        .withKind("Pod")
                        .withNamespace(work.namespace())
                        .withName(pod.getMetadata().getName())
                        .withUid(pod.getMetadata().getUid())
                        .endInvolvedObject()
                        .build())
                .create();
    }

    private static List<String> claims(Pod pod) {
        return pod.getSpec().getVolumes().stream()
                .flatMap(volume -> Stream.ofNullable(volume.getPersistentVolumeClaim()))
                .map(claim -> claim.getClaimName())
                .toList();
    }

    private static List<Pod> pods(TestNamespace work, CacheScope scope) {
        return work.client()
                .pods()
                .inNamespace(work.namespace())
                .withLabel("hearth.dev/scope", scope.getMetadata().getName())
                .list()
                .getItems();
    }

    private static boolean isBuilding(Pod pod) {
        return pod.getStatus().getContainerStatuses().stream()
                .anyMatch(container -> container.getState().getRunning() != null);
    }

    private static String push(GitRepository repository, String ref, String source) {
        return repository.push(ref, Map.of("Dockerfile", DOCKERFILE, "source", source + "\n"));
    }

    private static List<Event> events(TestNamespace work) {
        return work.client().v1().events().inNamespace(work.namespace()).list().getItems();
    }

    /** Objects outside of the namespace, gone after the test. */
    private record Made(TestNamespace work, List<HasMetadata> objects) implements AutoCloseable {
        /** The policy says something else from now on. */
        void become(String rest) {
            close();
            policy(work, rest);
        }

        @Override
        public void close() {
            objects.forEach(object -> work.client().resource(object).delete());
        }
    }

    private static Made pinned(TestNamespace work, String policy) {
        return new Made(work, List.of(policy(work, policy)));
    }

    private static Made make(TestNamespace work, String yaml) {
        var stream = new ByteArrayInputStream(yaml.formatted(work.namespace()).getBytes(StandardCharsets.UTF_8));
        return new Made(work, work.client().load(stream).create());
    }

    private static Made refusingUserNamespaces(TestNamespace work) {
        return refusing(work, "!has(object.spec.hostUsers)");
    }

    private static Made refusing(TestNamespace work, String allowed) {
        var made = make(work, """
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicy
                metadata: {name: "%1$s"}
                spec:
                  matchConstraints:
                    resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE]}]
                  validations:
                  - {expression: "ALLOWED", message: no user namespaces today}
                ---
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicyBinding
                metadata: {name: "%1$s"}
                spec:
                  policyName: "%1$s"
                  validationActions: [Deny]
                  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: "%1$s"}}}
                """.replace("ALLOWED", allowed));
        work.until("the policy to be in force", () -> refusal(work));
        return made;
    }

    private static Optional<String> refusal(TestNamespace work) {
        try {
            work.client()
                    .resource(new PodBuilder()
                            .withNewMetadata()
                            .withNamespace(work.namespace())
                            .withName("refused")
                            .endMetadata()
                            .withNewSpec()
                            .withHostUsers(false)
                            .addNewContainer()
                            .withName("none")
                            .withImage("none")
                            .endContainer()
                            .endSpec()
                            .build())
                    .dryRun()
                    .create();
            return Optional.empty();
        } catch (KubernetesClientException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** A volume on the node's own root, which is an overlay: on it no other can write. */
    private static Made volumeOnAnOverlay(TestNamespace work) {
        return make(work, """
                apiVersion: storage.k8s.io/v1
                kind: StorageClass
                metadata: {name: "%1$s"}
                provisioner: kubernetes.io/no-provisioner
                ---
                apiVersion: v1
                kind: PersistentVolume
                metadata: {name: "%1$s"}
                spec:
                  storageClassName: "%1$s"
                  capacity: {storage: 1Gi}
                  accessModes: [ReadWriteOnce]
                  persistentVolumeReclaimPolicy: Retain
                  hostPath: {path: "/%1$s", type: DirectoryOrCreate}
                """);
    }
}
