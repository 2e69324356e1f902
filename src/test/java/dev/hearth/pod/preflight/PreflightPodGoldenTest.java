package dev.hearth.pod.preflight;

import dev.hearth.api.IsolationForm;
import dev.hearth.buildkit.DaemonConfig;
import dev.hearth.testbed.GoldenFiles;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The pods that try what a cluster can do. */
class PreflightPodGoldenTest {
    private static final OwnerReference OWNER = new OwnerReferenceBuilder()
            .withApiVersion("hearth.dev/v1alpha1")
            .withKind("CacheScope")
            .withName("app-main")
            .withUid("uid-of-scope")
            .build();

    @TestFactory
    Stream<DynamicTest> preflightPods() {
        var pods = new TreeMap<String, Pod>();
        for (IsolationForm isolation : IsolationForm.values()) {
            var toml = new DaemonConfig(Map.of(), Set.of(), isolation).toml();
            var pod = new IsolationPreflightPod("ci", "agent", toml, isolation, OWNER, Duration.ofMinutes(6)).pod();
            pods.put(pod.getMetadata().getName(), pod);
        }
        pods.put(
                "user-namespace-of-tasks",
                new UserNamespacePreflightPod("ci", "agent", OWNER, Duration.ofMinutes(6)).pod());
        pods.put(
                "network",
                new NetworkPreflightPod("hearth", "agent", OWNER)
                        .pod(List.of("kubernetes.default.svc:443", "hearth.hearth.svc:443")));
        return GoldenFiles.tests("preflights", pods);
    }
}
