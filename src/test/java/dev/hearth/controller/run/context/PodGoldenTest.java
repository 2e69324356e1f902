package dev.hearth.controller.run.context;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.StepStatus;
import dev.hearth.cluster.ImageVolumeSupport;
import dev.hearth.cluster.storage.LiveStorage;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.config.HearthConfig;
import dev.hearth.config.TestConfig;
import dev.hearth.controller.access.PodRuleResolver;
import dev.hearth.controller.run.pods.ArtifactSourceResolver;
import dev.hearth.controller.run.pods.BuildPodFactory;
import dev.hearth.controller.run.pods.RegistryPodFactory;
import dev.hearth.controller.run.pods.RejectedObjects;
import dev.hearth.controller.run.pods.TaskCachePlanner;
import dev.hearth.controller.run.pods.TaskPodFactory;
import dev.hearth.controller.run.pods.TrustedMountCheck;
import dev.hearth.controller.support.RegistryContainerFactory;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.isolation.UserNamespaceDecider;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.RefFilter;
import dev.hearth.core.run.Action;
import dev.hearth.core.run.RunDecider;
import dev.hearth.core.run.RunFacts;
import dev.hearth.core.run.RunFactsBuilder;
import dev.hearth.core.run.VolumeState;
import dev.hearth.core.validation.PipelineValidator;
import dev.hearth.testbed.FakeApiServer;
import dev.hearth.testbed.GoldenFiles;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;

/**
 * The pods of runs. A case has a pipeline, a run of it with the steps that have ended, and the caches and policies around it;
 * its other files are the pods that the run starts then.
 */
class PodGoldenTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:30Z");

    @TestFactory
    Stream<DynamicContainer> podsOfRuns() {
        return GoldenFiles.cases("pods").stream()
                .map(folder -> DynamicContainer.dynamicContainer(
                        folder, Stream.of(folder).flatMap(it -> GoldenFiles.tests(it, pods(it)))));
    }

    private static Map<String, Pod> pods(String folder) {
        try (var api = new FakeApiServer()) {
            var given = new Given(GoldenFiles.given(folder));
            given.serve(api);
            var storage = new StorageResolver(new LiveStorage(api.client()));
            return new Installation(api, storage, given.settings()).pods(given.run(storage));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** What a case says. */
    private record Given(List<JsonNode> documents) {

        /** The run has recorded its pipeline's spec and its trust, and the scope of its ref, if there is one, is its own. */
        RunContext run(StorageResolver storage) {
            var pipeline = all("Pipeline", JsonNode.class).getFirst();
            var node = all("PipelineRun", ObjectNode.class).getFirst();
            var spec = GoldenFiles.read(pipeline.get("spec"), PipelineSpec.class);
            var ref = GitRef.of(node.at("/spec/ref").textValue());
            node.withObject("/status")
                    .put("trust", RefFilter.trust(spec.trusted(), ref).name())
                    .set("pipelineSpec", pipeline.get("spec"));
            var scopes = all("CacheScope", CacheScope.class);
            var read = GoldenFiles.read(node, PipelineRun.class);
            assertThat(read.unreadable()).isEmpty();
            var run = RunContext.of(
                    read,
                    Map.of(),
                    scopes.stream()
                            .filter(scope -> isOf(scope, read))
                            .findFirst()
                            .orElse(null),
                    scopes.stream().filter(scope -> !isOf(scope, read)).toList(),
                    List.of(),
                    List.of(),
                    true,
                    storage);
            assertThat(PipelineValidator.in(run.spec())).isEmpty();
            run.scope().ifPresent(own -> assertThat(own.getMetadata().getName()).isEqualTo(run.scopeName()));
            return run;
        }

        /** What an installation sets, besides what is the same in all cases. */
        Map<String, String> settings() {
            return all("Settings", JsonNode.class).stream()
                    .flatMap(settings -> settings.get("values").properties().stream())
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, value -> value.getValue().asText()));
        }

        void serve(FakeApiServer api) {
            var policies = all("CachePolicy", CachePolicy.class);
            var path = "/apis/hearth.dev/v1alpha1/cachepolicies";
            api.put(path, list("CachePolicyList", policies));
            policies.forEach(
                    policy -> api.put(path + "/" + policy.getMetadata().getName(), Serialization.asJson(policy)));
            api.put("/apis/storage.k8s.io/v1/storageclasses", """
                    {"kind": "StorageClassList", "items": [{"metadata": {"name": "standard",
                     "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}}]}
                    """);
        }

        private <T> List<T> all(String kind, Class<T> type) {
            return documents.stream()
                    .filter(document -> document.get("kind").textValue().equals(kind))
                    .map(document -> type.isInstance(document) ? type.cast(document) : GoldenFiles.read(document, type))
                    .toList();
        }

        private static boolean isOf(CacheScope scope, PipelineRun run) {
            return scope.getSpec().ref().equals(run.getSpec().ref());
        }

        private static String list(String kind, List<? extends HasMetadata> items) {
            return "{\"kind\": \"" + kind + "\", \"items\": " + Serialization.asJson(items) + "}";
        }
    }

    /** The classes that make pods, in an installation of which everything is possible. */
    private static final class Installation {
        private final PodRuleResolver allowed;
        private final TaskCachePlanner directories;
        private final BuildPodFactory builds;
        private final TaskPodFactory tasks;
        private final RegistryPodFactory registries;

        Installation(FakeApiServer api, StorageResolver storage, Map<String, String> settings) {
            var config = config(settings);
            var refused = new RejectedObjects(config, Clock.fixed(NOW, ZoneOffset.UTC));
            allowed = new PodRuleResolver(config, storage);
            directories = new TaskCachePlanner(config, new TrustedMountCheck(config), refused);
            builds = new BuildPodFactory(config, allowed);
            var containers = new RegistryContainerFactory(config);
            registries = new RegistryPodFactory(config, containers);
            tasks = new TaskPodFactory(
                    config,
                    new ArtifactSourceResolver(config, new ImageVolumeSupport(api.client()), containers),
                    directories,
                    allowed);
        }

        private static HearthConfig config(Map<String, String> settings) {
            var values = new TreeMap<String, Object>(Map.of(
                    "artifacts.size", "10Gi",
                    "agent.image", "agent",
                    "agent.rootlessImage", "agent-rootless",
                    "imagePullPatience", Duration.ofMinutes(1),
                    "pods", "{}",
                    "registries.insecure", Optional.of(Set.of("registry.internal:5000")),
                    "registries.mirrors", Map.of("docker.io", "mirror.internal:5000"),
                    "agent.windowsImage", "agent-for-windows"));
            values.put(
                    "artifacts.imageVolumes",
                    ImageVolumeSupport.Rule.valueOf(settings.getOrDefault("artifacts.imageVolumes", "Mount")));
            return TestConfig.of(values);
        }

        Map<String, Pod> pods(RunContext run) {
            var pods = new TreeMap<String, Pod>();
            for (Action action : RunDecider.decide(facts(run)).actions()) {
                pod(run, action)
                        .ifPresent(pod -> pods.put(
                                pod.getMetadata().getName().replaceFirst("^hearth-" + run.name() + "-", ""), pod));
            }
            return pods;
        }

        private Optional<Pod> pod(RunContext run, Action action) {
            return switch (action) {
                case Action.StartBuilds start -> Optional.of(builds.build(run, start, NOW));
                case Action.StartTask start -> Optional.of(tasks.build(run, start, NOW));
                case Action.StartMatrixReader start -> Optional.of(tasks.build(run, start, NOW));
                case Action.StartArtifactUpload start -> Optional.of(registries.build(run, start, NOW));
                case Action.StartImagePublish start -> Optional.of(registries.build(run, start, NOW));
                case Action.EndWarmPod _, Action.MakeRoom _, Action.ExpirePod _, Action.StopPod _ -> Optional.empty();
            };
        }

        private RunFacts facts(RunContext run) {
            var rules = allowed.resolve(run.spec().cache().policy(), run.namespace(), run.trust());
            assertThat(rules.refusal(run.spec())).isEmpty();
            return RunFactsBuilder.builder()
                    .run(run.name())
                    .plan(run.plan())
                    .recorded(run.status().steps().stream()
                            .collect(Collectors.toMap(StepStatus::name, Function.identity())))
                    .observed(Map.of())
                    .volumes(volumes(run))
                    .unavailableTaskCaches(directories.missing(run))
                    .volumeUids(run.volumeUids())
                    .matrices(run.status().matrices())
                    .inputs(run.status().inputs())
                    .userNamespaces(
                            new UserNamespaceDecider(rules.userNamespaces(), Optional.of(new Result.Possible()), true))
                    .takenPods(Map.of())
                    .alive(Set.of())
                    .limits(new RunFacts.Limits(32, 2))
                    .cancellation(Optional.empty())
                    .deadline(run.deadline())
                    .now(NOW)
                    .build();
        }

        private static Map<String, VolumeState> volumes(RunContext run) {
            return run.scope().map(CacheScope::getStatus).stream()
                    .flatMap(scope -> scope.volumes().stream()
                            .map(volume -> Map.entry(
                                    volume.platform(), VolumeState.of(scope, volume, run.name(), run.startedAt()))))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        }
    }
}
