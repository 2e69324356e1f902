package dev.hearth.controller.run.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.agent.BuildTrace;
import dev.hearth.api.BuildSpecBuilder;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.StepStatus;
import dev.hearth.api.Trust;
import dev.hearth.api.VariantSpec;
import dev.hearth.buildkit.BuildTraceFile;
import dev.hearth.cluster.storage.NoStorage;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.Specs;
import dev.hearth.core.plan.MatrixCell;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.results.ResultStore;
import dev.hearth.results.RunId;
import dev.hearth.results.StoreLimits;
import dev.hearth.results.StoredItem;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogArchiveTest {
    private static final RunId RUN = new RunId("ci", "hello-1", "uid-1");

    @TempDir
    Path folder;

    private final Queue<String> opened = new ConcurrentLinkedQueue<>();

    @Test
    void storesTheLogOfEachContainerOfAStepsPodOnce() throws IOException {
        // Given: a build of two variants, whose pod they share, and a task
        var run = run(
                pod(Names.buildPod("hello-1", "linux/amd64", 1), "buildkitd", "image--a", "image--b"),
                pod(Names.taskPod("hello-1", "unit", MatrixCell.ONLY, 1), "task"));
        var archive = new LogArchive(store(), this::open, _ -> Set.of("secret-word"));

        // When: the run is reconciled several times
        for (int i = 0; i < 5; i++) {
            archive.keep(run);
        }

        // Then
        await().untilAsserted(() -> {
            assertThat(names("image.a/linux/amd64")).containsExactly("buildkitd", "image--a");
            assertThat(names("image.b/linux/amd64")).containsExactly("buildkitd", "image--b");
            assertThat(names("unit")).containsExactly("task");
        });
        assertThat(opened).hasSize(5);
        assertThat(Files.readString(store().log(RUN, "unit", "task").orElseThrow()))
                .isEqualTo("hearth-hello-1-task-unit task ***\n");
    }

    @Test
    void aBuildThatThePodOfTheOthersSkipsHasNoLog() throws IOException {
        var pod = pod(Names.buildPod("hello-1", "linux/amd64", 1), "buildkitd", "image--a", "image--b");
        pod.getMetadata().setAnnotations(Map.of(ObjectLabels.SKIPS, "image--a"));
        var run = run(pod);
        var archive = new LogArchive(store(), this::open, _ -> Set.of());

        archive.keep(run);

        await().untilAsserted(() -> assertThat(names("image.b/linux/amd64")).containsExactly("buildkitd", "image--b"));
        assertThat(names("image.a/linux/amd64")).isEmpty();
    }

    @Test
    void storesTheTraceOfEachBuildThatIsInTheLogOfTheirDaemon() throws IOException {
        // Given
        var log = "starting\n" + trace("image--a", "RUN make") + trace("image--b", "RUN echo secret-word") + "done\n";
        var archive = new LogArchive(store(), (_, _) -> text(log), _ -> Set.of("secret-word"));

        // When
        archive.keep(run(pod(Names.buildPod("hello-1", "linux/amd64", 1), "buildkitd")));

        // Then
        await().untilAsserted(() -> {
            assertThat(names("image.a/linux/amd64")).containsExactly("buildkitd");
            assertThat(names("image.b/linux/amd64")).containsExactly("buildkitd");
        });
        assertThat(stepOfTrace("image.a/linux/amd64")).isEqualTo("RUN make");
        assertThat(stepOfTrace("image.b/linux/amd64")).isEqualTo("RUN echo ***");
        assertThat(content(store().log(RUN, "image.a/linux/amd64", "buildkitd").orElseThrow()))
                .isEqualTo("starting\ndone\n");
    }

    @Test
    void storesTheLogOfADaemonWithoutATraceThatCannotBeRead() {
        var log = "hearth-trace image--a begin\nhearth-trace image--a AAAA\nhearth-trace image--a end\ndone\n";

        new LogArchive(store(), (_, _) -> text(log), _ -> Set.of())
                .keep(run(pod(Names.buildPod("hello-1", "linux/amd64", 1), "buildkitd")));

        await().untilAsserted(() -> assertThat(names("image.a/linux/amd64")).containsExactly("buildkitd"));
        assertThat(store().file(RUN, "image.a/linux/amd64", "trace.json.gz")).isEmpty();
    }

    @Test
    void storesTheLogOfADaemonWithoutATraceThatCannotBeStored() throws IOException {
        var small = new ResultStore(folder, new StoreLimits(1 << 10, 1 << 10, 1 << 20, 1 << 20), _ -> true);
        var log = trace("image--a", incompressible(1000)) + "done\n";

        new LogArchive(small, (_, _) -> text(log), _ -> Set.of())
                .keep(run(pod(Names.buildPod("hello-1", "linux/amd64", 1), "buildkitd")));

        await().untilAsserted(() -> assertThat(names("image.a/linux/amd64")).containsExactly("buildkitd"));
        assertThat(store().file(RUN, "image.a/linux/amd64", "trace.json.gz")).isEmpty();
    }

    /** A text of a trace is not cut before an ellipsis: masked beginnings would tell a Dockerfile which of its guesses is right. */
    @Test
    void masksNoBeginningsOfSecretsInATextThatIsNotCut() throws IOException {
        var log = trace("image--a", "RUN : secre… secret-word secret-wo");

        new LogArchive(store(), (_, _) -> text(log), _ -> Set.of("secret-word"))
                .keep(run(pod(Names.buildPod("hello-1", "linux/amd64", 1), "buildkitd")));

        await().untilAsserted(() -> assertThat(names("image.a/linux/amd64")).containsExactly("buildkitd"));
        assertThat(stepOfTrace("image.a/linux/amd64")).isEqualTo("RUN : secre… *** secret-wo");
    }

    @Test
    void masksTheBeginningOfASecretAtTheEndOfATextThatIsCut() throws IOException {
        var begins = "RUN " + "x".repeat(500);
        var log = trace("image--a", begins + "secret-w");

        new LogArchive(store(), (_, _) -> text(log), _ -> Set.of("secret-word"))
                .keep(run(pod(Names.buildPod("hello-1", "linux/amd64", 1), "buildkitd")));

        await().untilAsserted(() -> assertThat(names("image.a/linux/amd64")).containsExactly("buildkitd"));
        assertThat(stepOfTrace("image.a/linux/amd64")).isEqualTo(begins + "***");
    }

    @Test
    void storesTheTraceOfASecondAttemptUnderAnotherName() throws IOException {
        var log = trace("image--a", "RUN make");

        new LogArchive(store(), (_, _) -> text(log), _ -> Set.of())
                .keep(run(2, pod(Names.buildPod("hello-1", "linux/amd64", 2), "buildkitd")));

        await().untilAsserted(() -> assertThat(names("image.a/linux/amd64")).containsExactly("buildkitd.2"));
        assertThat(store().file(RUN, "image.a/linux/amd64", "trace.2.json.gz")).isPresent();
    }

    private static String incompressible(int length) {
        return new Random(1)
                .ints(length, 0x4E00, 0x9FA0)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private String stepOfTrace(String step) throws IOException {
        var file = store().file(RUN, step, "trace.json.gz").orElseThrow();
        return BuildTraceFile.read(Files.readAllBytes(file))
                .orElseThrow()
                .steps()
                .getFirst()
                .name();
    }

    private static String trace(String solve, String step) throws IOException {
        var trace = new BuildTrace(
                BuildTrace.VERSION,
                "linux/amd64",
                List.of(new BuildTrace.Step("sha256:1", List.of(), step, null, false, null, null, null, List.of())),
                List.of(),
                0);
        return "hearth-trace " + solve + " begin\nhearth-trace " + solve + " "
                + Base64.getEncoder().encodeToString(BuildTraceFile.write(trace)) + "\nhearth-trace " + solve
                + " end\n";
    }

    @Test
    void storesTheLogsOfEveryAttemptWithoutThoseOfTheCollector() {
        var run = run(
                2,
                pod(Names.taskPod("hello-1", "unit", MatrixCell.ONLY, 1), "task", "keep"),
                pod(Names.taskPod("hello-1", "unit", MatrixCell.ONLY, 2), "task"));

        new LogArchive(store(), this::open, _ -> Set.of()).keep(run);

        await().untilAsserted(() -> assertThat(names("unit")).containsExactly("task", "task.2"));
        assertThat(opened).hasSize(2);
    }

    @Test
    void storesTheLogOfAServiceBeforeItsRestart() throws IOException {
        var pod = pod(Names.taskPod("hello-1", "unit", MatrixCell.ONLY, 1), "task");
        pod.getStatus().setPhase("Running");
        pod.getStatus()
                .setInitContainerStatuses(List.of(new ContainerStatusBuilder()
                        .withName("service-db")
                        .withRestartCount(1)
                        .withNewLastState()
                        .withNewTerminated()
                        .endTerminated()
                        .endLastState()
                        .withNewState()
                        .withNewRunning()
                        .endRunning()
                        .endState()
                        .build()));

        new LogArchive(store(), this::open, _ -> Set.of()).keep(run(pod));

        await().untilAsserted(() -> assertThat(names("unit")).containsExactly("service-db.before", "task"));
        assertThat(Files.readString(
                        store().log(RUN, "unit", "service-db.before").orElseThrow()))
                .isEqualTo(pod.getMetadata().getName() + " service-db before secret-word\n");
    }

    @Test
    void readsOnlyMissingLogsAfterARestart() throws IOException {
        store().keepLog(RUN, "unit", "task", text("stored before\n"), Set.of());
        var run = run(pod(Names.taskPod("hello-1", "unit", MatrixCell.ONLY, 1), "task", "service"));

        new LogArchive(store(), this::open, _ -> Set.of()).keep(run);

        await().untilAsserted(() -> assertThat(names("unit")).containsExactly("service", "task"));
        assertThat(opened).containsExactly("service");
    }

    @Test
    void retriesAFailedRead() {
        var tries = new AtomicInteger();
        var archive = new LogArchive(
                store(),
                (namespace, log) -> {
                    if (tries.incrementAndGet() == 1) {
                        throw new KubernetesClientException("node is away", 500, null);
                    }
                    return open(namespace, log);
                },
                _ -> Set.of());

        archive.keep(run(pod(Names.taskPod("hello-1", "unit", MatrixCell.ONLY, 1), "task")));

        await().untilAsserted(() -> assertThat(names("unit")).containsExactly("task"));
        assertThat(tries).hasValue(2);
    }

    @Test
    void doesNotRetryTheLogOfADeletedPod() {
        var requested = new CountDownLatch(1);
        var archive = new LogArchive(
                store(),
                (_, log) -> {
                    opened.add(log.container());
                    requested.countDown();
                    throw new KubernetesClientException("gone", 404, null);
                },
                _ -> Set.of());
        var run = run(pod(Names.taskPod("hello-1", "unit", MatrixCell.ONLY, 1), "task"));

        archive.keep(run);
        await().until(() -> requested.getCount() == 0);
        archive.keep(run);

        assertThat(opened).containsExactly("task");
    }

    @Test
    void storesWhatARunningContainerHasWrittenAndLaterTheWhole() throws Exception {
        var written = new AtomicReference<>("half\n");
        var archive = new LogArchive(store(), (_, _) -> text(String.valueOf(written.get())), _ -> Set.of("half"));
        var name = Names.taskPod("hello-1", "unit", MatrixCell.ONLY, 1);
        var running = running(name, "task", "keep");

        archive.keepBeginnings(run(running), running, Duration.ofMinutes(1));

        assertThat(names("unit")).as("no log of the collector").containsExactly("task");
        assertThat(store().log(RUN, "unit", "task"))
                .get()
                .extracting(LogArchiveTest::content)
                .isEqualTo(
                        "***\n\n[hearth: the container was still running, and what it wrote later may be missing]\n");

        written.set("whole\n");
        archive.keep(run(pod(name, "task")));
        await().untilAsserted(() -> assertThat(store().log(RUN, "unit", "task"))
                .get()
                .extracting(LogArchiveTest::content)
                .isEqualTo("whole\n"));
    }

    @Test
    void doesNotWaitForANodeThatDoesNotAnswer() throws Exception {
        var answered = new CountDownLatch(1);
        var archive = new LogArchive(
                store(),
                (_, _) -> {
                    await().until(() -> answered.getCount() == 0);
                    return text("late\n");
                },
                _ -> Set.of());
        var running = running(Names.taskPod("hello-1", "unit", MatrixCell.ONLY, 1), "task");

        archive.keepBeginnings(run(running), running, Duration.ofMillis(1));
        assertThat(names("unit")).isEmpty();

        answered.countDown();
        await().untilAsserted(() -> assertThat(names("unit")).containsExactly("task"));
    }

    @Test
    void failedReadOfARunningContainerIsNoObstacle() throws Exception {
        var archive = new LogArchive(
                store(),
                (_, _) -> {
                    throw new KubernetesClientException("node is away", 500, null);
                },
                _ -> Set.of());
        var running = running(Names.buildPod("hello-1", "linux/amd64", 1), "buildkitd", "image--a", "image--b");

        archive.keepBeginnings(run(running), running, Duration.ofMinutes(1));

        assertThat(store().steps(RUN)).isEmpty();
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Pod running(String name, String... containers) {
        var pod = pod(name, containers);
        pod.getStatus().setPhase("Running");
        pod.getStatus()
                .getContainerStatuses()
                .forEach(status -> status.setState(new ContainerStateBuilder()
                        .withNewRunning("2026-03-01T12:00:00Z")
                        .build()));
        return pod;
    }

    private InputStream open(String namespace, StepLog log) {
        assertThat(namespace).isEqualTo("ci");
        opened.add(log.container());
        return text(log.pod() + " " + log.container() + (log.earlier() ? " before" : "") + " secret-word\n");
    }

    private ResultStore store() {
        return new ResultStore(folder, new StoreLimits(1 << 20, 1 << 20, 1 << 20, 1 << 20), _ -> true);
    }

    private List<String> names(String step) throws IOException {
        return store().logs(RUN, step).stream().map(StoredItem::name).toList();
    }

    private static InputStream text(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Pod pod(String name, String... ended) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .addAllToContainers(Stream.of("image--a", "image--b")
                        .map(container ->
                                new ContainerBuilder().withName(container).build())
                        .toList())
                .endSpec()
                .withNewStatus()
                .withPhase("Succeeded")
                .addAllToContainerStatuses(Stream.of(ended)
                        .map(container -> new ContainerStatusBuilder()
                                .withName(container)
                                .withNewState()
                                .withNewTerminated()
                                .withContainerID("containerd://" + container)
                                .endTerminated()
                                .endState()
                                .build())
                        .toList())
                .endStatus()
                .build();
    }

    private static StepStatus step(String name, int attempts) {
        return Serialization.unmarshal(
                "name: %s\nstate: Running\nattempts: %d\n".formatted(name, attempts), StepStatus.class);
    }

    private static RunContext run(Pod... pods) {
        return run(1, pods);
    }

    private static RunContext run(int attempts, Pod... pods) {
        var variants = List.of(new VariantSpec("a", "", ""), new VariantSpec("b", "", ""));
        var image = BuildSpecBuilder.builder()
                .name("image")
                .dockerfile("Dockerfile")
                .context("")
                .target("")
                .artifact(false)
                .platforms(List.of("linux/amd64"))
                .variants(variants)
                .build();
        var run = new PipelineRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withNamespace(RUN.namespace())
                .withName(RUN.name())
                .withUid(RUN.uid())
                .build());
        run.setSpec(PipelineRunSpec.of("hello", "refs/heads/main", null));
        run.setStatus(PipelineRunStatusBuilder.builder()
                .commit("c".repeat(40))
                .trust(Trust.Trusted)
                .pipelineSpec(Specs.pipeline(List.of(image), List.of(Specs.task("unit", List.of(), List.of()))))
                .steps(List.of(step("unit", attempts), step("image.a/linux/amd64", attempts)))
                .build());
        var byName = new HashMap<String, Pod>();
        for (Pod pod : pods) {
            byName.put(pod.getMetadata().getName(), pod);
        }
        return RunContext.of(
                run, byName, null, List.of(), List.of(), List.of(), true, new StorageResolver(new NoStorage()));
    }
}
