package dev.hearth.pod.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.core.testreport.CollectorReport;
import dev.hearth.core.testreport.ReportGlob;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.PodVolumes;
import dev.hearth.pod.observe.PodReader;
import dev.hearth.report.CollectedFile;
import dev.hearth.report.CollectorLog;
import dev.hearth.report.CollectorReportReader;
import dev.hearth.report.InMemoryFiles;
import dev.hearth.testbed.AgentImages;
import dev.hearth.testbed.Cluster;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The sidecar beside a task, in pods of the level restricted: what is there once the task has ended, however it did. */
class CollectorE2E {
    /** Of a file with a line x, which others can read, and a link to it. */
    private static final String DIGEST = "sha256:c7b2f621fc596a832baa9fc97614a640d305476937d9278d6b28bf2a08801f40";

    private static final String REPORT = "echo '<testsuite/>' >/reports/a.xml; echo text >/reports/note;";
    private static final String HOSTILE = """
            cd /reports
            echo 1 >"$(printf 'new\\nline.xml')"
            echo 2 >./-rf.xml
            echo 3 >"q'\\"\\$(id)\\`id\\`.xml"
            ln -s /etc/passwd link.xml
            ln -s /etc folder
            mkfifo fifo.xml
            mkdir -p a/b
            echo 4 >a/b/deep.xml
            ln -s /reports/a out
            """;

    @BeforeAll
    static void loadImage() {
        AgentImages.load(Cluster.shared(), AgentImages.BUILD);
    }

    @Test
    void keepsReportsAndArtifactOfATaskThatEndsWell() throws IOException {
        var end = run(REPORT + "mkdir /workspace/out; echo x >/workspace/out/x; ln -s x /workspace/out/l", 30, _ -> {});

        assertThat(end.phase()).isEqualTo("Succeeded");
        assertThat(end.paths()).containsExactly("reports/a.xml", "reports/note");
        assertThat(end.files()).extracting(CollectedFile::junit).containsExactly(true, false);
        assertThat(end.problems()).isEmpty();
        assertThat(end.kept().artifact()).hasValueSatisfying(artifact -> {
            assertThat(artifact.digest()).isEqualTo(DIGEST);
            assertThat(artifact.files()).isEqualTo(1);
            assertThat(artifact.kib()).isEqualTo(1);
        });
        assertThat(end.kept().leftOut()).isZero();
    }

    @Test
    void keepsReportsOfATaskThatFails() throws IOException {
        var end = run(REPORT + "exit 3", 30, _ -> {});

        assertThat(end.phase()).isEqualTo("Failed");
        assertThat(end.paths()).containsExactly("reports/a.xml", "reports/note");
        assertThat(end.kept()).isEqualTo(new CollectorReport(Optional.empty(), true, false, 2, 1, 0));
    }

    /** The kubelet gives the task all of the grace period, and the sidecar two seconds after it. */
    @Test
    void keepsReportsOfATaskThatDoesNotHeedTheEndOfItsTime() throws IOException {
        var end = run("trap '' TERM; " + REPORT + " echo ready; while :; do sleep 1; done", 1, running -> {
            await("reports of the task")
                    .atMost(Duration.ofMinutes(5))
                    .until(() -> running.log().contains("ready"));
            running.outOfTime();
        });

        assertThat(end.phase()).isEqualTo("Failed");
        // JUnit's come first: what follows may be cut off where the node has much to do.
        assertThat(end.paths()).first().isEqualTo("reports/a.xml");
        assertThat(end.paths()).hasSizeBetween(end.kept().files(), 2);
        assertThat(end.kept().files()).isPositive();
        assertThat(end.problems()).isEmpty();
    }

    @Test
    void namesAndLinksLeadNowhere() throws IOException {
        var end = run(HOSTILE, 30, _ -> {});

        assertThat(end.phase()).isEqualTo("Succeeded");
        assertThat(end.paths())
                .containsExactlyInAnyOrder(
                        "reports/new_line.xml", "reports/-rf.xml", "reports/q'\"$(id)`id`.xml", "reports/a/b/deep.xml");
        assertThat(end.files())
                .extracting(file -> new String(file.content(), StandardCharsets.UTF_8))
                .containsExactlyInAnyOrder("1\n", "2\n", "3\n", "4\n");
        assertThat(end.kept()).isEqualTo(new CollectorReport(Optional.empty(), true, false, 4, 1, 0));
    }

    private record End(String phase, List<CollectedFile> files, List<String> problems, CollectorReport kept) {
        List<String> paths() {
            return files.stream().map(CollectedFile::path).toList();
        }
    }

    private record Running(PodResource pod) {
        String log() {
            return Optional.of(pod.get())
                    .filter(it -> it.getStatus().getContainerStatuses().stream()
                            .anyMatch(status -> status.getState().getRunning() != null))
                    .map(_ -> pod.inContainer(TaskPod.CONTAINER).getLog())
                    .orElse("");
        }

        /** A pod's time may be made shorter while it runs. */
        void outOfTime() {
            pod.edit(it ->
                    it.edit().editSpec().withActiveDeadlineSeconds(1L).endSpec().build());
        }
    }

    private static End run(String script, long graceSeconds, Consumer<Running> meanwhile) throws IOException {
        var client = Cluster.shared().client();
        try (var namespace = Cluster.shared().namespace("keep")) {
            namespace.enforce("restricted");
            var resource = client.pods().resource(pod(namespace.name(), script, graceSeconds));
            resource.create();
            meanwhile.accept(new Running(resource));
            var pod = resource.waitUntilCondition(CollectorE2E::hasEnded, 5, TimeUnit.MINUTES);
            var files = new InMemoryFiles();
            var log = resource.inContainer(CollectorContainer.NAME).getLog();
            var problems = CollectorLog.read(
                    new ByteArrayInputStream(log.getBytes(StandardCharsets.UTF_8)),
                    CollectorLog.Limits.STANDARD,
                    files);
            var message =
                    PodReader.terminationMessage(pod, CollectorContainer.NAME).orElse("");
            return new End(
                    pod.getStatus().getPhase(),
                    files.collected(),
                    problems,
                    CollectorReportReader.read(message)
                            .orElseThrow(() -> new AssertionError("no report in: " + message + ", log: " + log)));
        }
    }

    /** The phase may say so before the sidecar has ended. */
    private static boolean hasEnded(Pod pod) {
        return pod != null
                && PodReader.hasFinished(pod)
                && PodReader.terminationMessage(pod, CollectorContainer.NAME).isPresent();
    }

    /** As the API server takes it where no more than the level restricted may run. */
    private static Pod pod(String namespace, String script, long graceSeconds) {
        var reports = PodVolumes.writable("reports", "/reports");
        var workspace = PodVolumes.writable("workspace", "/workspace");
        var keep = new CollectorContainer(
                        AgentImages.BUILD,
                        List.of(new ReportGlob("/reports/*.xml")),
                        List.of(new ReportGlob("/reports/**"), new ReportGlob("/reports/folder/*")),
                        Optional.of("/workspace/out"))
                .build(List.of(reports, workspace))
                .edit()
                .editResources()
                // Two seconds are little where pods of other tests take all of the node's CPU.
                .addToRequests("cpu", new Quantity("500m"))
                .endResources()
                .build();
        var task = new ContainerBuilder()
                .withName(TaskPod.CONTAINER)
                .withImage("busybox")
                .withImagePullPolicy("IfNotPresent")
                .withCommand("sh", "-c", ContainerParts.literal(script))
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .withVolumeMounts(reports, workspace)
                .build();
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("keep")
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withTerminationGracePeriodSeconds(graceSeconds)
                .withAutomountServiceAccountToken(false)
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withRunAsUser(1000L)
                .withRunAsGroup(1000L)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .withInitContainers(keep)
                .withContainers(task)
                .withVolumes(PodVolumes.empty("reports", "1Gi"), PodVolumes.empty("workspace", "1Gi"))
                .endSpec()
                .build();
    }
}
