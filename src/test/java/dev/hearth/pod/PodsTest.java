package dev.hearth.pod;

import static dev.hearth.core.Specs.build;
import static dev.hearth.core.Specs.pipeline;
import static dev.hearth.core.Specs.push;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hearth.agent.AgentRequests;
import dev.hearth.agent.FetchRequest;
import dev.hearth.agent.ServeRequest;
import dev.hearth.agent.SolveRequest;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.buildkit.BuildRequests;
import dev.hearth.core.Specs;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.Step;
import dev.hearth.core.ref.GitRef;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.build.BuildPodBuilder;
import dev.hearth.pod.preflight.IsolationPreflightPod;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
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
    void secretsReachTheClientsAndNeverTheDaemonThatRunsTheSteps() {
        var secrets = new BuildPod.Secrets(Optional.of("git"), Map.of("image", "push"));

        var pod = buildPod(IsolationForm.UserNamespace, secrets);

        var daemon = daemon(pod.getSpec());
        assertThat(daemon.getVolumeMounts())
                .extracting(VolumeMount::getName)
                .containsExactly("view", "run", "tmp-buildkitd", "cache", "sockets");
        var client = pod.getSpec().getContainers().getFirst();
        assertThat(mount(client, "/run/secrets/push").getReadOnly()).isTrue();
        assertThat(client.getVolumeMounts())
                .as("the client sees nothing of the cache but the folder for artifacts")
                .filteredOn(mount -> mount.getName().equals("cache"))
                .extracting(VolumeMount::getMountPath, VolumeMount::getSubPath)
                .containsExactly(tuple("/artifacts", "artifacts"));
    }

    @Test
    void credentialsOfTheRepositoryAreInOneContainerThatEndsBeforeASolveStarts() {
        var secrets = new BuildPod.Secrets(Optional.of("git-secret"), Map.of());

        var spec = buildPod(IsolationForm.Privileged, secrets).getSpec();

        assertThat(spec.getVolumes())
                .filteredOn(volume -> volume.getSecret() != null)
                .extracting(Volume::getName, volume -> volume.getSecret().getSecretName())
                .containsExactly(tuple("git", "git-secret"));
        assertThat(spec.getInitContainers())
                .extracting(Container::getName, Container::getRestartPolicy)
                .containsExactly(tuple("buildkitd", "Always"), tuple("fetch", null), tuple("source", "Always"));
        assertThat(Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream()))
                .filteredOn(container -> container.getVolumeMounts().stream()
                        .anyMatch(mount -> mount.getName().equals("git")))
                .extracting(Container::getName)
                .containsExactly("fetch");
        assertThat(Serialization.asYaml(spec)).doesNotContain("GIT_AUTH");
    }

    @Test
    void requestsThatDependOnTheCommitReachTheirContainersThroughAnAnnotation() {
        var secrets = new BuildPod.Secrets(Optional.of("git"), Map.of("image", "push"));

        var pod = buildPod(IsolationForm.Rootless, secrets);

        assertThat(AgentRequests.read(pod, "fetch", FetchRequest.class).commit())
                .isEqualTo("c0ffee");
        assertThat(AgentRequests.read(pod, "image", SolveRequest.class).options())
                .containsEntry("context", "git://127.0.0.1:9418/commit.git?checksum=c0ffee&fetch-by-commit=1");
        assertThat(Serialization.asYaml(pod.getSpec()))
                .as("what cannot be changed")
                .doesNotContain("c0ffee");
        var all = Stream.concat(pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream());
        assertThat(all)
                .as("never the daemon, where steps run")
                .filteredOn(container -> container.getVolumeMounts().stream()
                        .anyMatch(mount -> mount.getName().equals("requests")))
                .allSatisfy(container -> assertThat(
                                mount(container, "/run/hearth/requests").getReadOnly())
                        .isTrue())
                .extracting(Container::getName)
                .containsExactly("fetch", "image");
        assertThat(pod.getSpec().getContainers().getFirst().getEnv())
                .extracting(EnvVar::getName, EnvVar::getValue)
                .startsWith(
                        tuple("HEARTH_REQUEST_FILE", "/run/hearth/requests/requests.json"),
                        tuple("HEARTH_REQUEST_KEY", "image"),
                        tuple("HEARTH_REQUEST_WITHIN", "3600"));
    }

    @Test
    void aSolveThatTheRunHasNoUseForIsSkipped() {
        var both = Plan.of(
                        pipeline(List.of(build("image", push("main")), build("tests", null)), List.of()),
                        GitRef.of("refs/heads/main"))
                .buildsFor("linux/amd64");

        var own = buildPod(both.subList(0, 1), both.subList(1, 2));
        var all = buildPod(both, List.of());
        var taken = BuildPod.taken(
                own,
                new ScopeVolume.Warm("warm", "uid", "2026-01-01T00:00:00Z", null),
                Duration.ofHours(1),
                Instant.EPOCH);

        var whole = AgentRequests.read(all, "image", SolveRequest.class);
        all.setMetadata(taken.getMetadata());
        assertThat(AgentRequests.read(all, "tests", SolveRequest.class)).isEqualTo(SolveRequest.skipped("tests"));
        assertThat(AgentRequests.read(all, "image", SolveRequest.class))
                .as("with a report as long as that pod allows")
                .isEqualTo(whole);
        assertThat(BuildPod.solves(all, "image")).isTrue();
        assertThat(BuildPod.solves(all, "tests")).isFalse();
        assertThat(BuildPod.solves(all, "other")).isFalse();
    }

    @Test
    void requestsAreInTheOrderOfTheirContainers() {
        var first = new ServeRequest("/a", "127.0.0.1:1");
        var requests = new PodRequests(Map.of("b", first, "c", first, "a--b", first, "a", first));

        assertThat(requests.annotation()).matches("\\{\"a\":\\{\"version\":1,.*},\"a--b\":.*},\"b\":.*},\"c\":.*}}");
    }

    @ParameterizedTest
    @EnumSource
    void preflightIsolatesItsDaemonAndClientLikeABuild(IsolationForm isolation) {
        var build = buildPod(isolation, BuildPod.Secrets.NONE).getSpec();

        var preflight = new IsolationPreflightPod(
                        "ci", "buildkit", "toml", isolation, FRAME.owner(), Duration.ofMinutes(1))
                .pod();

        assertThat(preflight.getSpec().getHostUsers()).isEqualTo(build.getHostUsers());
        var daemons =
                Stream.of(preflight.getSpec(), build).map(PodsTest::daemon).toList();
        assertThat(daemons.getFirst().getSecurityContext())
                .isEqualTo(daemons.getLast().getSecurityContext());
        assertThat(daemons.getFirst().getCommand()).endsWith("hearth-agent", "preflight");
        assertThat(daemons.getLast().getCommand()).endsWith("hearth-agent", "daemon");
        assertThat(daemons.getFirst().getCommand())
                .hasSameSizeAs(daemons.getLast().getCommand());
        assertThat(daemons.getFirst().getImage()).isEqualTo(daemons.getLast().getImage());
        assertThat(preflight.getSpec().getContainers().getFirst().getSecurityContext())
                .isEqualTo(build.getContainers().getFirst().getSecurityContext());
    }

    /** The agent runs programs beside a daemon that may have been broken into, as the same user. */
    @ParameterizedTest
    @EnumSource
    void noContainerBesideADaemonCanHaveItsProgramsReplaced(IsolationForm isolation) {
        var secrets = new BuildPod.Secrets(Optional.of("git"), Map.of());
        var copying = Specs.seededFromMain(isolation, SeedMode.Copy);
        var preflight = new IsolationPreflightPod(
                        "ci", "buildkit", "toml", isolation, FRAME.owner(), Duration.ofMinutes(1))
                .pod();

        for (var spec : List.of(buildPod(isolation, copying, secrets).getSpec(), preflight.getSpec())) {
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
            assertThat(containers)
                    .allSatisfy(container -> assertThat(mountsBelowWritableMounts(container))
                            .as(container.getName())
                            .isEmpty());
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

        assertThat(PodVolumes.claim(claim, claim).getName()).hasSizeLessThan(64);
        assertThat(PodVolumes.readOnly(claim, "/seed").getName())
                .isEqualTo(PodVolumes.claim(claim, claim).getName());
    }

    /** The kernel allows 128 KiB in one variable. */
    @Test
    void longRequestHasSeveralVariables() {
        var argument = "\uD83D\uDD25$".repeat(65536 / 3);
        var pipeline = pipeline(
                List.of(build("image", null)
                        .with()
                        .arguments(Map.of("A", argument, "B", argument, "C", argument))
                        .build()),
                List.of());
        var step = Plan.of(pipeline, GitRef.of("refs/heads/main"))
                .builds()
                .findFirst()
                .orElseThrow();
        var request = new BuildRequests("https://git.example/app.git", "c0ffee", Set.of(), List.of())
                .solve(step, false, false, 1024);

        var container = AgentContainer.of("image", "agent", "solve", request).build();

        assertThat(container.getEnv())
                .extracting(EnvVar::getName)
                .startsWith("HEARTH_REQUEST", "HEARTH_REQUEST_2", "HEARTH_REQUEST_3");
        assertThat(container.getEnv())
                .allSatisfy(variable -> assertThat(variable.getValue().getBytes(StandardCharsets.UTF_8))
                        .hasSizeLessThan(128 << 10));
        assertThat(AgentRequests.read(container, SolveRequest.class)).isEqualTo(request);
    }

    private static Container daemon(PodSpec spec) {
        return spec.getInitContainers().stream()
                .filter(container -> container.getName().equals(BuildPod.DAEMON))
                .findFirst()
                .orElseThrow();
    }

    private static final BuildPod.Settings SETTINGS =
            new BuildPod.Settings("buildkit", Duration.ofMinutes(1), Duration.ofHours(1), 1_000_000_000);

    private static Pod buildPod(IsolationForm isolation, BuildPod.Secrets secrets) {
        return buildPod(isolation, Specs.CACHE, secrets);
    }

    private static Pod buildPod(IsolationForm isolation, CacheMount cache, BuildPod.Secrets secrets) {
        var plan = Plan.of(pipeline(List.of(build("image", push("main"))), List.of()), GitRef.of("refs/heads/main"));
        return buildPod(isolation, cache, plan.buildsFor("linux/amd64"), List.of(), secrets);
    }

    private static Pod buildPod(List<Step.Build> builds, List<Step.Build> skipped) {
        return buildPod(IsolationForm.Rootless, Specs.CACHE, builds, skipped, BuildPod.Secrets.NONE);
    }

    private static Pod buildPod(
            IsolationForm isolation,
            CacheMount cache,
            List<Step.Build> builds,
            List<Step.Build> skipped,
            BuildPod.Secrets secrets) {
        var requests = new BuildRequests("https://git.example/app.git", "c0ffee", Set.of(), List.of());
        return BuildPodBuilder.builder()
                .frame(FRAME)
                .settings(SETTINGS)
                .toml("toml")
                .isolation(isolation)
                .requests(requests)
                .exports(false)
                .artifacts(Optional.of(List.of()))
                .skipped(skipped)
                .rules(PodRules.standard(Trust.Untrusted))
                .build()
                .build("scope", "linux/amd64", cache, builds, secrets);
    }

    /** A folder in which something is mounted could be replaced by a link there. */
    private static List<String> mountsBelowWritableMounts(Container container) {
        var paths = container.getVolumeMounts().stream()
                .map(VolumeMount::getMountPath)
                .toList();
        return container.getVolumeMounts().stream()
                .filter(mount -> !Boolean.TRUE.equals(mount.getReadOnly()))
                .flatMap(mount -> paths.stream().filter(path -> path.startsWith(mount.getMountPath() + "/")))
                .toList();
    }

    private static VolumeMount mount(Container container, String path) {
        return container.getVolumeMounts().stream()
                .filter(mount -> mount.getMountPath().equals(path))
                .findFirst()
                .orElseThrow();
    }
}
