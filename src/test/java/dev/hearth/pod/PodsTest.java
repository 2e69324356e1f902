package dev.hearth.pod;

import static dev.hearth.core.Specs.build;
import static dev.hearth.core.Specs.pipeline;
import static dev.hearth.core.Specs.push;
import static dev.hearth.core.Specs.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.GenerationRef;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.buildkit.BuildCommand;
import dev.hearth.core.Specs;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.ref.GitRef;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.preflight.IsolationPreflightPod;
import dev.hearth.pod.task.ArtifactParts;
import dev.hearth.pod.task.ArtifactSource;
import dev.hearth.pod.task.MatrixReaderPod;
import dev.hearth.pod.task.TaskPod;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What pods may and may not have: a step is somebody else's code. */
class PodsTest {
    private static final PodFrame FRAME = new PodFrame(
            "ci",
            "app",
            "run",
            Trust.Untrusted,
            "pod",
            new OwnerReferenceBuilder().withUid("u").build(),
            Duration.ofMinutes(5));

    @Test
    void taskPodCompliesWithRestricted() {
        var artifacts = ArtifactParts.of(
                Map.of("/artifacts/tests", new ArtifactSource.Claimed("hearth-run-artifacts", "tests")));
        var pod = new TaskPod(FRAME, Map.of(), "tools", PodRules.standard(Trust.Untrusted))
                .build(
                        task("unit", List.of(), List.of("tests")),
                        new TaskPod.Leg("busybox", artifacts, Optional.empty(), Optional.empty(), Optional.empty()));

        var container = pod.getSpec().getContainers().getFirst();
        assertThat(pod.getSpec().getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod.getSpec().getSecurityContext().getSeccompProfile().getType())
                .isEqualTo("RuntimeDefault");
        assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
        assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(mount(container, "/artifacts/tests").getReadOnly()).isTrue();
        holdsNoToken(pod);
    }

    @Test
    void environmentIsTakenLiterally() {
        var spec = task("unit", "env: {A: $(HEARTH_RUN) $$, CI: \"no\"}");

        var leg = new TaskPod.Leg(
                "busybox", ArtifactParts.of(Map.of()), Optional.empty(), Optional.empty(), Optional.empty());
        var env = new TaskPod(FRAME, Map.of(), "tools", PodRules.standard(Trust.Trusted))
                .build(spec, leg)
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv();

        assertThat(env)
                .anySatisfy(it -> assertThat(it.getName() + "=" + it.getValue()).isEqualTo("A=$$(HEARTH_RUN) $$$$"))
                .anySatisfy(it -> assertThat(it.getName() + "=" + it.getValue()).isEqualTo("CI=no"));
    }

    @Test
    void daemonIsRootOfItsOwnNamespaceOnly() {
        var pod = buildPod(IsolationForm.UserNamespace, BuildPod.Secrets.NONE);

        var daemon = pod.getSpec().getInitContainers().getFirst();
        assertThat(pod.getSpec().getHostUsers()).isFalse();
        assertThat(daemon.getRestartPolicy()).isEqualTo("Always");
        assertThat(daemon.getSecurityContext().getPrivileged()).isNull();
        assertThat(daemon.getSecurityContext().getCapabilities().getAdd()).containsExactly("SYS_ADMIN");
        assertThat(pod.getSpec().getActiveDeadlineSeconds()).isEqualTo(300);
        holdsNoToken(pod);
    }

    @Test
    void secretsReachTheClientsAndNeverTheDaemonThatRunsTheSteps() {
        var secrets = new BuildPod.Secrets(Optional.of("git"), Map.of("image", "push"));

        var pod = buildPod(IsolationForm.UserNamespace, secrets);

        var daemon = pod.getSpec().getInitContainers().getLast();
        assertThat(daemon.getVolumeMounts())
                .extracting(VolumeMount::getName)
                .containsExactly("volumes", "view", "run", "tmp-buildkitd", "cache", "sockets");
        var client = pod.getSpec().getContainers().getFirst();
        assertThat(mount(client, "/run/secrets/push").getReadOnly()).isTrue();
        assertThat(client.getVolumeMounts()).extracting(VolumeMount::getName).doesNotContain("cache");
    }

    @Test
    void credentialsOfTheRepositoryAreInOneContainerThatEndsBeforeThereIsADaemon() {
        var secrets = new BuildPod.Secrets(Optional.of("git-secret"), Map.of());

        var spec = buildPod(IsolationForm.Privileged, secrets).getSpec();

        assertThat(spec.getVolumes())
                .filteredOn(volume -> volume.getSecret() != null)
                .extracting(Volume::getName, volume -> volume.getSecret().getSecretName())
                .containsExactly(tuple("git", "git-secret"));
        assertThat(spec.getInitContainers())
                .extracting(Container::getName, Container::getRestartPolicy)
                .containsExactly(tuple("fetch", null), tuple("source", "Always"), tuple("buildkitd", "Always"));
        assertThat(Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream()))
                .filteredOn(container -> container.getVolumeMounts().stream()
                        .anyMatch(mount -> mount.getName().equals("git")))
                .extracting(Container::getName)
                .containsExactly("fetch");
        assertThat(Serialization.asYaml(spec)).doesNotContain("GIT_AUTH");
    }

    @Test
    void whatHandlesAnothersCommitHasNoRights() {
        var secrets = new BuildPod.Secrets(Optional.of("git-secret"), Map.of());

        var spec = buildPod(IsolationForm.Privileged, secrets).getSpec();

        assertThat(spec.getInitContainers().subList(0, 2)).allSatisfy(container -> {
            var rights = container.getSecurityContext();
            assertThat(rights.getRunAsNonRoot()).isTrue();
            assertThat(rights.getReadOnlyRootFilesystem()).isTrue();
            assertThat(rights.getAllowPrivilegeEscalation()).isFalse();
            assertThat(rights.getCapabilities().getDrop()).containsExactly("ALL");
            assertThat(rights.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        });
        assertThat(mount(spec.getInitContainers().get(1), "/source").getReadOnly())
                .isTrue();
        assertThat(spec.getVolumes())
                .filteredOn(volume -> volume.getName().equals("source"))
                .singleElement()
                .satisfies(volume -> assertThat(volume.getEmptyDir().getSizeLimit())
                        .as("limit of what a repository may put on the node's disk")
                        .isNotNull());
    }

    @Test
    void buildKitGoesToTheRepositoryUnlessItTakesCredentials() {
        var secrets = new BuildPod.Secrets(Optional.of("git-secret"), Map.of());

        assertThat(command(buildPod(IsolationForm.Privileged, BuildPod.Secrets.NONE)))
                .contains("--opt=context=https://git.example/app.git?checksum=c0ffee&fetch-by-commit=1");
        assertThat(command(buildPod(IsolationForm.Privileged, secrets)))
                .contains("--opt=context=git://127.0.0.1:9418/commit.git?checksum=c0ffee&fetch-by-commit=1");
    }

    @Test
    void commandIsTakenLiterally() {
        var spec = new BuildSpec(
                "image",
                "Dockerfile",
                "",
                "",
                List.of("linux/amd64"),
                List.of(),
                Map.of("A", "$(BUILDKIT_HOST) $$"),
                false,
                List.of(),
                null,
                null,
                null);

        assertThat(command(buildPod(spec, IsolationForm.Privileged, BuildPod.Secrets.NONE)))
                .contains("--opt=build-arg:A=$$(BUILDKIT_HOST) $$$$");
    }

    @Test
    void daemonWithoutRootIsAUserThatOwnsItsVolume() {
        var pod = buildPod(IsolationForm.Rootless, BuildPod.Secrets.NONE);

        assertThat(pod.getSpec().getHostUsers()).isNull();
        var own = pod.getSpec().getInitContainers().getFirst();
        assertThat(own.getSecurityContext().getCapabilities().getAdd()).containsExactly("CHOWN");
        var daemon = pod.getSpec().getInitContainers().getLast();
        assertThat(daemon.getName()).isEqualTo(BuildPod.DAEMON);
        assertThat(daemon.getCommand()).startsWith("rootlesskit");
        assertThat(daemon.getSecurityContext().getRunAsUser()).isEqualTo(1000);
        assertThat(daemon.getSecurityContext().getCapabilities()).isNull();
        assertThat(daemon.getSecurityContext().getPrivileged()).isNull();
        var client = pod.getSpec().getContainers().getFirst().getSecurityContext();
        assertThat(client.getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(client.getRunAsGroup()).isEqualTo(daemon.getSecurityContext().getRunAsGroup());
    }

    @Test
    void podsOfTasksHaveAUserNamespaceIfTheirFrameSaysSoAndThoseOfBuildsByTheirIsolation() {
        var frame = FRAME.inUserNamespace(true);
        var leg = new TaskPod.Leg(
                "busybox", ArtifactParts.of(Map.of()), Optional.empty(), Optional.empty(), Optional.empty());
        var rules = PodRules.standard(Trust.Untrusted);

        var own = new TaskPod(frame, Map.of(), "tools", rules).build(task("unit", "timeout: 5m"), leg);
        var shared = new TaskPod(FRAME, Map.of(), "tools", rules).build(task("unit", "timeout: 5m"), leg);
        var list = new MatrixReaderPod(frame, "tools").build(ArtifactParts.of(Map.of()), "/artifacts/a/list", 100);

        assertThat(own.getSpec().getHostUsers()).isFalse();
        assertThat(shared.getSpec().getHostUsers()).isNull();
        assertThat(list.getSpec().getHostUsers()).isFalse();
        assertThat(buildPod(frame, IsolationForm.Rootless).getSpec().getHostUsers())
                .isNull();
    }

    @ParameterizedTest
    @EnumSource
    void trialConfinesItsDaemonAndClientAsABuildDoes(IsolationForm isolation) {
        var build = buildPod(isolation, BuildPod.Secrets.NONE).getSpec();

        var trial = new IsolationPreflightPod("ci", "buildkit", "toml", isolation, FRAME.owner(), Duration.ofMinutes(1))
                .pod();

        holdsNoToken(trial);
        assertThat(trial.getMetadata().getName()).isEqualTo(Names.isolationPreflight(isolation));
        assertThat(trial.getMetadata().getOwnerReferences()).isNotEmpty();
        assertThat(trial.getSpec().getActiveDeadlineSeconds()).isEqualTo(60);
        assertThat(trial.getSpec().getHostUsers()).isEqualTo(build.getHostUsers());
        var daemons = Stream.of(trial.getSpec(), build)
                .map(spec -> spec.getInitContainers().getLast())
                .toList();
        assertThat(daemons.getFirst().getSecurityContext())
                .isEqualTo(daemons.getLast().getSecurityContext());
        assertThat(daemons.getFirst().getCommand()).isEqualTo(daemons.getLast().getCommand());
        assertThat(daemons.getFirst().getImage()).isEqualTo(daemons.getLast().getImage());
        assertThat(trial.getSpec().getContainers().getFirst().getSecurityContext())
                .isEqualTo(build.getContainers().getFirst().getSecurityContext());
    }

    /** The daemon's script runs programs beside a daemon that may have been broken into, as the same user. */
    @ParameterizedTest
    @EnumSource
    void noContainerBesideADaemonCanHaveItsProgramsReplaced(IsolationForm isolation) {
        var secrets = new BuildPod.Secrets(Optional.of("git"), Map.of());
        var copying = new CacheMount(
                "claim",
                isolation,
                new Seed(
                        SeedMode.Copy,
                        "main",
                        "refs/heads/main",
                        "main",
                        1,
                        "c0ffee",
                        null,
                        "run",
                        List.of(new GenerationRef("main", "u", 1))),
                true,
                Optional.of(2),
                List.of(),
                Optional.empty(),
                false,
                "");
        var trial = new IsolationPreflightPod("ci", "buildkit", "toml", isolation, FRAME.owner(), Duration.ofMinutes(1))
                .pod();

        for (var spec : List.of(buildPod(isolation, copying, secrets).getSpec(), trial.getSpec())) {
            var containers = Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream())
                    .toList();
            assertThat(containers).hasSizeGreaterThan(1).allSatisfy(container -> {
                assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                        .as(container.getName())
                        .isTrue();
                assertThat(container.getVolumeMounts())
                        .extracting(VolumeMount::getMountPath)
                        .noneMatch(path -> path.matches("/|/(usr|s?bin|lib|lib64|etc|root|home|opt)(/.*)?"));
            });
            assertThat(spec.getVolumes())
                    .filteredOn(volume -> volume.getEmptyDir() != null)
                    .allSatisfy(volume -> assertThat(volume.getEmptyDir().getSizeLimit())
                            .as(volume.getName())
                            .isNotNull());
            assertThat(containers.stream()
                            .flatMap(container -> container.getVolumeMounts().stream())
                            .filter(mount -> mount.getMountPath().equals("/tmp"))
                            .map(VolumeMount::getName))
                    .as("folders of temporary files, which no two containers share")
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void longNamesOfClaimsAreNoNamesOfVolumes() {
        var claim = "hearth-" + "p".repeat(40) + "-0123456789abcdef0123-linux-arm-v7-rootless";

        assertThat(PodParts.claim(claim, claim).getName()).hasSizeLessThan(64);
        assertThat(PodParts.readOnly(claim, "/seed").getName())
                .isEqualTo(PodParts.claim(claim, claim).getName());
    }

    @Test
    void podWithoutSecretsMountsNone() {
        var pod = buildPod(IsolationForm.Privileged, BuildPod.Secrets.NONE);

        assertThat(pod.getSpec().getVolumes())
                .allSatisfy(volume -> assertThat(volume.getSecret()).isNull());
        assertThat(pod.getSpec().getHostUsers()).isNull();
    }

    private static final BuildPod.Tools TOOLS =
            new BuildPod.Tools("buildkit", "tools", Duration.ofMinutes(1), 1_000_000_000);

    private static Pod buildPod(IsolationForm isolation, BuildPod.Secrets secrets) {
        return buildPod(build("image", push("main")), isolation, secrets);
    }

    private static Pod buildPod(IsolationForm isolation, CacheMount cache, BuildPod.Secrets secrets) {
        return buildPod(build("image", push("main")), isolation, cache, secrets);
    }

    private static Pod buildPod(BuildSpec build, IsolationForm isolation, BuildPod.Secrets secrets) {
        return buildPod(build, isolation, Specs.CACHE, secrets);
    }

    private static Pod buildPod(PodFrame frame, IsolationForm isolation) {
        return buildPod(frame, build("image", push("main")), isolation, Specs.CACHE, BuildPod.Secrets.NONE);
    }

    private static Pod buildPod(BuildSpec build, IsolationForm isolation, CacheMount cache, BuildPod.Secrets secrets) {
        return buildPod(FRAME, build, isolation, cache, secrets);
    }

    private static Pod buildPod(
            PodFrame frame, BuildSpec build, IsolationForm isolation, CacheMount cache, BuildPod.Secrets secrets) {
        var plan = Plan.of(pipeline(List.of(build), List.of()), GitRef.of("refs/heads/main"));
        var command = new BuildCommand("https://git.example/app.git", "c0ffee", Set.of(), List.of());
        return new BuildPod(frame, TOOLS, "toml", isolation, command, false, PodRules.standard(Trust.Untrusted))
                .build("scope", "linux/amd64", cache, plan.buildsFor("linux/amd64"), secrets);
    }

    private static List<String> command(Pod pod) {
        return pod.getSpec().getContainers().getFirst().getCommand();
    }

    private static void holdsNoToken(Pod pod) {
        assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
        assertThat(pod.getSpec().getEnableServiceLinks()).isFalse();
    }

    private static VolumeMount mount(Container container, String path) {
        return container.getVolumeMounts().stream()
                .filter(mount -> mount.getMountPath().equals(path))
                .findFirst()
                .orElseThrow();
    }
}
