package dev.hearth.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.cluster.PodLogs;
import dev.hearth.cluster.SecretReader;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.access.AllowedSecrets;
import dev.hearth.controller.run.results.LogArchive;
import dev.hearth.controller.run.results.MergedResults;
import dev.hearth.controller.run.results.RunSecretValues;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.results.ResultStore;
import dev.hearth.results.StoreLimits;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.quarkus.scheduler.Scheduler;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsUpkeepTest {

    @Test
    void sweepsAgainAfterAFailure(@TempDir Path folder) {
        var sweeps = new AtomicInteger();
        var known = new CacheIndex() {
            @Override
            public Optional<Set<String>> namespaces() {
                sweeps.incrementAndGet();
                throw new IllegalStateException("not known");
            }
        };
        var store = new ResultStore(folder, new StoreLimits(1024, 1024, 1024, 1024), _ -> true);
        try (var client = new KubernetesClientBuilder().build()) {
            var secrets = new SecretReader(client);
            var allowed = new AllowedSecrets(secrets, stub(HearthConfig.class));
            var archive = new LogArchive(store, new PodLogs(client), new RunSecretValues(secrets, allowed));

            var rounds = new LeaderRounds(new Leadership(), stub(Scheduler.class));
            var upkeep = new ResultsUpkeep(
                    store,
                    archive,
                    new MergedResults(store),
                    new PipelineRunClient(client),
                    known,
                    rounds,
                    Clock.systemUTC());
            upkeep.sweep();
            upkeep.sweep();
        }

        assertThat(sweeps).hasValue(2);
    }

    /** An object whose methods return stubs, or false. */
    private static <T> T stub(Class<T> group) {
        return group.cast(Proxy.newProxyInstance(
                group.getClassLoader(),
                new Class<?>[] {group},
                (_, method, _) -> method.getReturnType() == boolean.class ? false : stub(method.getReturnType())));
    }
}
