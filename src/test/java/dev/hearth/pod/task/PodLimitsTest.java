package dev.hearth.pod.task;

import static dev.hearth.core.Specs.pipeline;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.buildkit.BuildRequests;
import dev.hearth.core.Specs;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.taskcache.TaskCachePlan;
import dev.hearth.core.taskcache.TaskCacheUse;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodRules;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.build.BuildPodBuilder;
import dev.hearth.pod.preflight.IsolationPreflightPod;
import dev.hearth.pod.preflight.NetworkPreflightPod;
import dev.hearth.pod.preflight.UserNamespacePreflightPod;
import dev.hearth.pod.registry.ArtifactRemovalPod;
import dev.hearth.pod.registry.ArtifactUploadPod;
import dev.hearth.pod.registry.ImagePublishPod;
import dev.hearth.pod.registry.RegistryContainer;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No pod takes its node: every container and every volume on the node's disk is bounded. */
class PodLimitsTest {
    private static final PodRules RULES = PodRules.standard(Trust.Untrusted);
    private static final Quantity SIZE = new Quantity("10Gi");
    private static final RegistryContainer REGISTRY =
            new RegistryContainer("agent", Set.of(), "spec.artifacts", Optional.of("secret"));
    private static final String FULL = """
            artifacts: [a, b]
            artifact: {path: /out}
            reports: {junit: [/reports/*.xml], files: [/more/**]}
            caches: [{path: /src/target}]
            services: [{name: db, image: postgres}, {name: web, image: nginx, resources: {limits: {memory: 1Gi}}}]
            """;

    @ParameterizedTest
    @MethodSource("pods")
    void everyContainerHasRequestsAndLimitsAndEveryEmptyDirectoryASize(Pod pod) {
        var containers = Stream.concat(
                        pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream())
                .toList();

        assertThat(containers).isNotEmpty().allSatisfy(container -> {
            var resources = container.getResources();
            assertThat(resources).as(container.getName()).isNotNull();
            assertThat(resources.getLimits())
                    .as(container.getName())
                    .containsKeys("cpu", "memory", "ephemeral-storage");
            assertThat(resources.getRequests())
                    .as(container.getName())
                    .containsKeys("cpu", "memory", "ephemeral-storage");
            resources
                    .getRequests()
                    .forEach((name, request) -> assertThat(request)
                            .as(container.getName() + " " + name)
                            .isLessThanOrEqualTo(resources.getLimits().get(name)));
        });
        assertThat(pod.getSpec().getVolumes())
                .filteredOn(volume -> volume.getEmptyDir() != null)
                .allSatisfy(volume -> assertThat(volume.getEmptyDir().getSizeLimit())
                        .as(volume.getName())
                        .isNotNull()
                        .isLessThanOrEqualTo(SIZE));
    }

    @ParameterizedTest
    @MethodSource("pods")
    void noPodHasATokenOfTheCluster(Pod pod) {
        assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
        assertThat(pod.getSpec().getEnableServiceLinks()).isFalse();
    }

    /** The kubelet ends a pod whose volumes and containers have more on the node's disk than its containers may. */
    @Test
    void copiedArtifactsDoNotTakeTheRoomOfTheCommand() {
        var bare = disk(task(Trust.Trusted, "", ArtifactParts.of(Map.of())));
        var copied = disk(task(Trust.Trusted, "artifacts: [a, b]", artifacts()));

        assertThat(copied.subtract(bare)).isEqualByComparingTo(SIZE.add(new Quantity("64Mi")));
    }

    /** The kubelet pulls every image of a pod with them, and a stranger names images. */
    @Test
    void noPodOfAnUntrustedRunHasPullSecrets() {
        assertThat(pods(Trust.Trusted).flatMap(pod -> pod.getSpec().getImagePullSecrets().stream()))
                .as("of a trusted run")
                .hasSize(2)
                .allMatch(secret -> secret.getName().equals("pull"));
        assertThat(pods(Trust.Untrusted)
                        .filter(pod -> pod.getMetadata().getLabels().containsKey(ObjectLabels.RUN)))
                .isNotEmpty()
                .allSatisfy(pod -> assertThat(pod.getSpec().getImagePullSecrets())
                        .as("so that the API server adds none of the account's")
                        .extracting(LocalObjectReference::getName)
                        .containsExactly("hearth-no-pull-secrets"));
    }

    @Test
    void podsOfEveryBuilderAreChecked() {
        var builders = new ClassFileImporter()
                .withImportOption(location -> !location.contains("/test")).importPackages("dev.hearth.pod").stream()
                        .filter(type -> type.getMethods().stream()
                                .anyMatch(method -> method.getRawReturnType().isEquivalentTo(Pod.class)))
                        // Not a record that has a pod as a component.
                        .filter(type -> type.getFields().stream()
                                .noneMatch(field -> field.getRawType().isEquivalentTo(Pod.class)))
                        .map(type -> type.getSimpleName());

        assertThat(builders)
                .containsExactlyInAnyOrder(
                        "ArtifactRemovalPod",
                        "ArtifactUploadPod",
                        "BuildPod",
                        "ImagePublishPod",
                        "IsolationPreflightPod",
                        "MatrixReaderPod",
                        "NetworkPreflightPod",
                        "PodFrame",
                        "PreflightFrame",
                        "TaskPod",
                        "UserNamespacePreflightPod");
    }

    static Stream<Pod> pods() {
        return pods(Trust.Trusted);
    }

    private static Stream<Pod> pods(Trust trust) {
        var builds = Stream.of(IsolationForm.values())
                .flatMap(isolation -> Stream.of(
                        build(trust, isolation, Specs.CACHE, Optional.empty()),
                        build(trust, isolation, Specs.seededFromMain(isolation, SeedMode.Copy), Optional.of("git"))));
        var preflights = Stream.of(IsolationForm.values())
                .map(isolation -> new IsolationPreflightPod(
                                "ci",
                                "buildkit",
                                "toml",
                                isolation,
                                frame(trust).owner(),
                                Duration.ofMinutes(1))
                        .pod());
        var others = Stream.of(
                task(trust, "", ArtifactParts.of(Map.of())),
                task(trust, FULL, artifacts()),
                task(trust, "os: Windows\ncaches: [{path: 'C:\\src'}]", ArtifactParts.of(Map.of())),
                task(trust, "resources: {requests: {memory: 6Gi}, limits: {cpu: 5m}}", ArtifactParts.of(Map.of())),
                new NetworkPreflightPod("hearth-system", "agent", frame(trust).owner()).pod(List.of("10.0.0.1:443")),
                new UserNamespacePreflightPod("ci", "agent", frame(trust).owner(), Duration.ofMinutes(1)).pod(),
                new MatrixReaderPod(frame(trust), "agent").build(artifacts(), "/artifacts/a", "list", 100),
                new ArtifactUploadPod(frame(trust), REGISTRY, SIZE).build("claim", "path", "registry.example/a"),
                new ImagePublishPod(frame(trust), REGISTRY).build("registry.example/a", Map.of(), List.of("main")),
                new ArtifactRemovalPod("ci", "app", frame(trust).owner(), REGISTRY).build("removal", List.of()));
        return Stream.of(builds, preflights, others).flatMap(all -> all);
    }

    private static Pod build(Trust trust, IsolationForm isolation, CacheMount cache, Optional<String> git) {
        var plan = Plan.of(pipeline(List.of(Specs.build("image", null)), List.of()), GitRef.of("refs/heads/main"));
        var requests = new BuildRequests("https://git.example/app.git", "c0ffee", Set.of(), List.of());
        var settings = new BuildPod.Settings("buildkit", Duration.ofMinutes(1), Duration.ofMinutes(1), 1_000_000_000);
        return BuildPodBuilder.builder()
                .frame(frame(trust))
                .settings(settings)
                .toml("toml")
                .isolation(isolation)
                .requests(requests)
                .exports(true)
                .artifacts(Optional.empty())
                .skipped(List.of())
                .rules(RULES)
                .build()
                .build(
                        "scope",
                        "linux/amd64",
                        cache,
                        plan.buildsFor("linux/amd64"),
                        new BuildPod.Secrets(git, Map.of("image", "push")));
    }

    private static ArtifactParts artifacts() {
        return ArtifactParts.of(Map.of(
                "/artifacts/a", new ArtifactSource.Copied("image", REGISTRY, SIZE),
                "/artifacts/b", new ArtifactSource.Nothing(),
                "/artifacts/c", new ArtifactSource.Mounted("image", Optional.of("pull"))));
    }

    private static Pod task(Trust trust, String yaml, ArtifactParts artifacts) {
        var task = Specs.task("unit", yaml);
        var directories = task.caches().stream().findFirst().map(cache -> {
            var given = new TaskCacheUse.Given(
                    "key", cache.path(), "work", new TaskCacheUse.Origin("main", "claim", "from"), "of run main-1");
            var use = new TaskCacheUse("own", "uid", "unit", 1, List.of(given), List.of());
            return new TaskCacheMounts(
                    task.os(), "scope", "tools", new TaskCachePlan(use, List.of(), Duration.ofMinutes(1)), null);
        });
        var output = Optional.ofNullable(task.artifact())
                .map(_ -> new TaskPod.Output("outputs", "uid", "artifacts/run/unit"));
        var shard = task.os() == OperatingSystem.Linux
                ? Optional.of(new TaskPod.Shard("shards", "1"))
                : Optional.<TaskPod.Shard>empty();
        return new TaskPod(frame(trust), Map.of(), "tools", RULES)
                .build(task, new TaskPod.Cell("busybox", artifacts, output, shard, directories));
    }

    private static Quantity disk(Pod pod) {
        var limits = pod.getSpec().getContainers().getFirst().getResources().getLimits();
        return Objects.requireNonNull(limits.get("ephemeral-storage"));
    }

    private static PodFrame frame(Trust trust) {
        var owner = new OwnerReferenceBuilder().withUid("u").build();
        return new PodFrame("ci", "app", "run", trust, "pod", owner, Duration.ofMinutes(5));
    }
}
