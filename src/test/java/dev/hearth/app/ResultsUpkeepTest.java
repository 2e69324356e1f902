package dev.hearth.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.cluster.PodLogs;
import dev.hearth.cluster.SecretReader;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.access.AllowedSecrets;
import dev.hearth.controller.run.results.LogArchive;
import dev.hearth.controller.run.results.RunSecretValues;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.results.ResultStore;
import dev.hearth.results.StoreLimits;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.quarkus.runtime.StartupEvent;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsUpkeepTest {

    /** An executor never runs work again that threw an exception. */
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
        var twice = new LeaderRounds(new Leadership()) {
            @Override
            void every(Duration pause, String what, Runnable work) {
                work.run();
                work.run();
            }
        };
        var store = new ResultStore(folder, new StoreLimits(1024, 1024, 1024, 1024), _ -> true);
        try (var client = new KubernetesClientBuilder().build()) {
            var secrets = new SecretReader(client);
            var allowed = new AllowedSecrets(secrets, stub(HearthConfig.class));
            var archive = new LogArchive(store, new PodLogs(client), new RunSecretValues(secrets, allowed));

            new ResultsUpkeep(store, archive, new PipelineRunClient(client), known, twice, Clock.systemUTC())
                    .started(new StartupEvent());
        }

        assertThat(sweeps).hasValue(2);
    }

    /** A configuration with groups and switches only. */
    private static <T> T stub(Class<T> group) {
        return group.cast(Proxy.newProxyInstance(
                group.getClassLoader(),
                new Class<?>[] {group},
                (_, method, _) -> method.getReturnType() == boolean.class ? false : stub(method.getReturnType())));
    }
}
