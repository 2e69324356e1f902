package dev.hearth.controller.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.cluster.ImageVolumeSupport;
import dev.hearth.cluster.OwnedObjectWriter;
import dev.hearth.cluster.PodClient;
import dev.hearth.cluster.PodLogs;
import dev.hearth.cluster.SecretReader;
import dev.hearth.cluster.storage.NoStorage;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.config.TestConfig;
import dev.hearth.controller.access.AllowedSecrets;
import dev.hearth.controller.access.PodRuleResolver;
import dev.hearth.controller.run.context.RunContextFixture;
import dev.hearth.controller.run.pods.ArtifactSourceResolver;
import dev.hearth.controller.run.pods.BuildPodFactory;
import dev.hearth.controller.run.pods.PodSecretCheck;
import dev.hearth.controller.run.pods.RegistryPodFactory;
import dev.hearth.controller.run.pods.RejectedObjects;
import dev.hearth.controller.run.pods.TaskCachePlanner;
import dev.hearth.controller.run.pods.TaskPodFactory;
import dev.hearth.controller.run.pods.TrustedMountCheck;
import dev.hearth.controller.run.results.LogArchive;
import dev.hearth.controller.run.results.RunSecretValues;
import dev.hearth.controller.run.results.StoppedLogs;
import dev.hearth.controller.support.RegistryContainerFactory;
import dev.hearth.controller.support.WarmPodRoom;
import dev.hearth.core.Specs;
import dev.hearth.results.ResultStore;
import dev.hearth.results.StoreLimits;
import dev.hearth.testbed.FakeApiServer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Objects that are not created, and the reasons that are reported instead. */
class RunActorTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:01Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

    @TempDir
    Path folder;

    private final FakeApiServer api = new FakeApiServer();
    private final RejectedObjects rejected =
            new RejectedObjects(TestConfig.of(Map.of("imagePullPatience", Duration.ofMinutes(1))), CLOCK);

    RunActorTest() throws IOException {}

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void doesNotChangeAScopeThatCannotBeRead() {
        // Given
        var run = RunContextFixture.of(Specs.pipeline(List.of(Specs.build("image", null)), List.of()));
        api.put("/apis/hearth.dev/v1alpha1/namespaces/ci/cachescopes/" + run.scopeName(), """
                {"apiVersion": "hearth.dev/v1alpha1", "kind": "CacheScope",
                 "metadata": {"name": "%s", "namespace": "ci", "uid": "uid-of-scope", "ownerReferences": [{"uid": "%s"}]},
                 "spec": {"pipeline": "hello", "ref": "refs/heads/main", "trust": "Perhaps"}}
                """.formatted(
                        run.scopeName(), RunContextFixture.PIPELINE));

        // When
        var accepted = actor().prepareScope(run, nothing());

        // Then
        assertThat(accepted).isFalse();
        assertThat(rejected.why(run, run.scopeName())).hasValueSatisfying(why -> {
            assertThat(why.reason()).isEqualTo(Reason.ScopeUnreadable);
            assertThat(why.message()).contains(run.scopeName(), "Perhaps");
        });
    }

    private RunActor actor() {
        var config = TestConfig.of(Map.of(
                "agent.image", "agent",
                "artifacts.size", "10Gi",
                "pods", "{}",
                "registries.insecure", Optional.of(Set.of()),
                "secrets.optIn", true));
        var client = api.client();
        var storage = new StorageResolver(new NoStorage());
        var secrets = new AllowedSecrets(new SecretReader(client), config);
        var pods = new PodRuleResolver(config, storage);
        return new RunActor(
                new PodClient(client),
                new WarmPodRoom(config, new PodClient(client), CLOCK),
                new OwnedObjectWriter(client),
                rejected,
                new PodSecretCheck(secrets),
                new BuildPodFactory(config, pods),
                new TaskPodFactory(
                        config,
                        new ArtifactSourceResolver(
                                config, new ImageVolumeSupport(client), new RegistryContainerFactory(config)),
                        new TaskCachePlanner(config, new TrustedMountCheck(config), rejected),
                        pods),
                new RegistryPodFactory(config, new RegistryContainerFactory(config)),
                new StoppedLogs(
                        new LogArchive(
                                new ResultStore(folder, new StoreLimits(1024, 1024, 1024, 1024), _ -> true),
                                new PodLogs(client),
                                new RunSecretValues(new SecretReader(client), secrets)),
                        CLOCK));
    }

    @SuppressWarnings("unchecked") // a class literal has no type arguments
    private static Context<PipelineRun> nothing() {
        return (Context<PipelineRun>) Proxy.newProxyInstance(
                Context.class.getClassLoader(), new Class<?>[] {Context.class}, (_, method, _) -> {
                    throw new AssertionError("unexpected call of " + method);
                });
    }
}
