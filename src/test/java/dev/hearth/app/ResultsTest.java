package dev.hearth.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.cluster.PipelineRuns;
import dev.hearth.cluster.PodLogs;
import dev.hearth.cluster.Secrets;
import dev.hearth.controller.run.LogArchive;
import dev.hearth.controller.run.RunSecrets;
import dev.hearth.controller.support.AllowedSecrets;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.support.KnownCaches;
import dev.hearth.results.Limits;
import dev.hearth.results.ResultStore;
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

class ResultsTest {

    /** An executor never runs again what threw. */
    @Test
    void aSweepThatFailsIsNotTheLast(@TempDir Path folder) {
        var sweeps = new AtomicInteger();
        var known = new KnownCaches() {
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
        var store = new ResultStore(folder, new Limits(1024, 1024, 1024, 1024), _ -> true);
        try (var client = new KubernetesClientBuilder().build()) {
            var secrets = new Secrets(client);
            var allowed = new AllowedSecrets(secrets, stub(HearthConfig.class));
            var archive = new LogArchive(store, new PodLogs(client), new RunSecrets(secrets, allowed));

            new Results(store, archive, new PipelineRuns(client), known, twice, Clock.systemUTC())
                    .started(new StartupEvent());
        }

        assertThat(sweeps).hasValue(2);
    }

    /** A configuration of which only groups and switches are asked for. */
    private static <T> T stub(Class<T> group) {
        return group.cast(Proxy.newProxyInstance(
                group.getClassLoader(),
                new Class<?>[] {group},
                (_, method, _) -> method.getReturnType() == boolean.class ? false : stub(method.getReturnType())));
    }
}
