package dev.hearth.pod.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.IsolationForm;
import dev.hearth.core.Specs;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodVolumes;
import dev.hearth.pod.observe.PodReader;
import dev.hearth.testbed.AgentImages;
import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The agent that keeps a volume, with the rights and the file systems of a daemon's container on a real node: when it is
 * killed, and when what it starts has turned against it. The tests are those of {@code src/agent/e2e}, which also run
 * without a cluster.
 */
@Execution(ExecutionMode.SAME_THREAD) // each of its pods takes all that the node has
class VolumeE2E {
    /** One of so many points and states is tried, another one each time. All of them take ten minutes. */
    private static final int EVERY = Integer.getInteger("hearth.every", 20);

    private static final int FIRST = Integer.getInteger("hearth.first", 1 + new Random().nextInt(EVERY));

    @BeforeAll
    static void loadImage() {
        AgentImages.load(Cluster.shared(), AgentImages.TEST);
    }

    @Test
    void survivesAKillAtEveryPointOfARun() {
        assertPassed("TestKilledAtEveryPointOfARun");
    }

    @Test
    void goesOnWithWhatIsLeftOfABrokenState() {
        assertPassed(
                "TestBrokenStates",
                "TestKilledWhileItMends",
                "TestKilledDaemon",
                "TestRestartedContainer",
                "TestStepThatFails");
    }

    @Test
    void buildsWithoutImportsThatAreBroken() {
        assertPassed("TestBrokenImports");
    }

    /** On file systems of their own: one that is really full, and one that others have filled. */
    @Test
    void makesRoomOnAFullDisk() {
        assertPassed("TestFullDisk", "TestSharedDisk");
    }

    /** What no Dockerfile can do, but a daemon that one broke out of could. */
    @Test
    void brokenOutDaemonCannotWriteWhatItStartedFrom() {
        assertPassed("TestBrokenOutDaemon", "TestBrokenOutDaemonWithoutNamespace");
    }

    /** Runs tests in a pod. A name without a test would be no failure of the program. */
    private static void assertPassed(String... tests) {
        var log = log(pod(container("^(" + String.join("|", tests) + ")$")));

        assertThat(Stream.of(tests).filter(test -> !log.contains("--- PASS: " + test + " ")))
                .as(log)
                .isEmpty();
    }

    private static String log(Pod pod) {
        try (var work = TestNamespace.open("volume")) {
            var created = work.client()
                    .resource(new PodBuilder(pod)
                            .editMetadata()
                            .withNamespace(work.namespace())
                            .endMetadata()
                            .build())
                    .create();

            var ended = work.client()
                    .resource(created)
                    .waitUntilCondition(it -> it != null && PodReader.hasFinished(it), 30, TimeUnit.MINUTES);

            var log = work.client().pods().resource(created).getLog();
            assertThat(ended.getStatus().getPhase()).as(log).isEqualTo("Succeeded");
            return log;
        }
    }

    private static Pod pod(Container container) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("volume")
                .endMetadata()
                .withNewSpec()
                .withHostUsers(false)
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withContainers(container)
                .withVolumes(Stream.of("state", "run", "tmp")
                        .map(name -> PodVolumes.empty(name, "2Gi"))
                        .toList())
                .endSpec()
                .build();
    }

    /** The daemon's own container, with another program and folders of its own. */
    private static Container container(String tests) {
        var daemon = new DaemonContainer(
                        AgentImages.TEST,
                        "",
                        1L << 30,
                        4096,
                        IsolationForm.UserNamespace,
                        Optional.empty(),
                        ContainerResources.PREFLIGHT.withDisk(new Quantity("10Gi")))
                .build(Specs.CACHE, List.of());
        daemon.setName("tests");
        daemon.setRestartPolicy(null);
        daemon.setCommand(List.of("/usr/bin/agent-e2e"));
        daemon.setArgs(List.of(
                "-test.v",
                "-test.timeout=30m",
                "-test.run=" + tests.replace("$", "$$"),
                "-every=" + EVERY,
                "-first=" + FIRST));
        daemon.setEnv(List.of());
        daemon.setVolumeMounts(List.of(
                PodVolumes.writable("state", "/var/lib/hearth"),
                PodVolumes.writable("run", "/run"),
                PodVolumes.writable("tmp", "/tmp")));
        return daemon;
    }
}
