package dev.hearth.demo;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What Hearth adds to the work: a warm run of one build and one task, against the very same pods made by hand one after
 * the other on the same cluster. The run builds although it could reuse the artifact of the one before, as the pods do. Prints the medians and their ratio; alternates, so that both see the same machine.
 */
public final class Bench {
    private static final int ROUNDS = 7;
    private static final String PIPELINE = """
            apiVersion: hearth.dev/v1alpha1
            kind: Pipeline
            metadata: {name: bench}
            spec:
              source: {url: "URL"}
              triggers: {poll: 1h}
              artifacts: {reuse: false}
              builds: [{name: tool, artifact: true}]
              tasks: [{name: unit, image: busybox, artifacts: [tool], command: [test, -f, /artifacts/tool/made]}]
            """;
    private static final String DOCKERFILE =
            "FROM busybox AS made\nRUN date >/made\nFROM scratch\nCOPY --from=made /made /\n";

    private Bench() {}

    /** Takes no arguments. */
    @SuppressWarnings("IllegalCatch") // the clients' threads would keep the JVM, and so hide any failure
    public static void main(String[] arguments) {
        try {
            measure();
            System.exit(0);
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static void measure() {
        var cluster = Cluster.demo();
        HearthDeployment.install(cluster);
        try (var work = new TestNamespace(cluster, cluster.namespace("bench"));
                var repository = GitRepository.create(cluster, work.namespace())) {
            var commit = repository.push("refs/heads/main", Map.of("Dockerfile", DOCKERFILE));
            work.apply(PIPELINE.replace("URL", repository.url()));
            var warm = work.finished(work.start("bench", "refs/heads/main", commit));
            var pods = List.of(
                    pod(work, "hearth-" + warm.getMetadata().getName() + "-build-linux-amd64"),
                    pod(work, "hearth-" + warm.getMetadata().getName() + "-task-unit"));
            var hearth = new ArrayList<Long>();
            var byHand = new ArrayList<Long>();
            for (int round = 0; round < ROUNDS; round++) {
                hearth.add(run(work, commit));
                byHand.add(pods(work, pods));
            }
            report(hearth, byHand);
            work.client()
                    .resources(Pipeline.class)
                    .inNamespace(work.namespace())
                    .delete();
        }
    }

    private static long run(TestNamespace work, String commit) {
        var began = Instant.now();
        PipelineRun run = work.start("bench", "refs/heads/main", commit);
        work.client()
                .resource(run)
                .waitUntilCondition(
                        it -> it != null
                                && it.getStatus() != null
                                && it.getStatus().finishedAt() != null,
                        2,
                        TimeUnit.MINUTES);
        return Duration.between(began, Instant.now()).toMillis();
    }

    /** As a script would: the next pod when the containers of the one before have ended. */
    private static long pods(TestNamespace work, List<Pod> pods) {
        long took;
        try (var operator = HearthDeployment.operator(work.cluster())) { // who else may mount the caches
            var began = Instant.now();
            for (Pod template : pods) {
                var pod = operator.resource(copy(template)).create();
                operator.resource(pod).waitUntilCondition(Bench::hasEnded, 2, TimeUnit.MINUTES);
            }
            took = Duration.between(began, Instant.now()).toMillis();
        }
        // The daemon has to be gone before the volume is used again; that is not part of either's time.
        pods.forEach(template -> {
            var pod = work.client().resource(copy(template));
            pod.withGracePeriod(0).delete();
            pod.waitUntilCondition(Objects::isNull, 1, TimeUnit.MINUTES);
        });
        return took;
    }

    private static boolean hasEnded(Pod pod) {
        var statuses = pod == null ? null : pod.getStatus().getContainerStatuses();
        return statuses != null
                && !statuses.isEmpty()
                && statuses.stream().allMatch(status -> status.getState().getTerminated() != null);
    }

    private static Pod pod(TestNamespace work, String name) {
        return Objects.requireNonNull(work.client()
                .pods()
                .inNamespace(work.namespace())
                .withName(name)
                .get());
    }

    /** Without Hearth's labels, so that the operator does not take it for its own. */
    private static Pod copy(Pod template) {
        var copy = new io.fabric8.kubernetes.api.model.PodBuilder(template)
                .withStatus(null)
                .build();
        copy.setMetadata(new ObjectMetaBuilder()
                .withNamespace(template.getMetadata().getNamespace())
                .withName("by-hand-"
                        + Math.floorMod(template.getMetadata().getName().hashCode(), 1000))
                .build());
        copy.getSpec().setNodeName(null);
        return copy;
    }

    private static void report(List<Long> hearth, List<Long> byHand) {
        long ours = median(hearth);
        long theirs = median(byHand);
        System.out.printf(
                "warm run, %d rounds each: Hearth %d ms (%s), the same pods by hand %d ms (%s), ratio %.2f%n",
                ROUNDS, ours, hearth, theirs, byHand, (double) ours / theirs);
    }

    private static long median(List<Long> times) {
        return times.stream().sorted().toList().get(times.size() / 2);
    }
}
