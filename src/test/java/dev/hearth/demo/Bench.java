package dev.hearth.demo;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import dev.hearth.testbed.WarmPodFinder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What Hearth adds to the work: a run of one build and one task, whose cache is warm, against the very same pods made by hand one
 * after the other on the same cluster. It runs with a pod of its own, and in one that waits with a running daemon. The run builds
 * although it could reuse the artifact of the one before, as the pods do. Prints the means and their ratios; alternates, so that
 * all see the same machine.
 *
 * <p>The kubelet looks once a second for containers that have ended, so what takes a tenth of a second longer may take a whole one
 * longer, or none. Each measurement therefore begins at another time since the last look, as the runs of people do.
 */
public final class Bench {
    private static final int ROUNDS = 12;
    private static final String PIPELINE = """
            apiVersion: hearth.dev/v1alpha1
            kind: Pipeline
            metadata: {name: NAME}
            spec:
              source: {url: "URL"}
              cache: {policy: POLICY}
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
            pipeline(work, "own", "0s", repository.url());
            pipeline(work, "warm", "10m", repository.url());
            var filled = work.finished(work.start("own", "refs/heads/main", commit));
            var pods = List.of(
                    pod(work, "hearth-" + filled.getMetadata().getName() + "-build-linux-amd64"),
                    pod(work, "hearth-" + filled.getMetadata().getName() + "-task-unit"));
            work.finished(work.start("warm", "refs/heads/main", commit));
            var own = new ArrayList<Long>();
            var warm = new ArrayList<Long>();
            var byHand = new ArrayList<Long>();
            for (int round = 0; round < ROUNDS; round++) {
                WarmPodFinder.untilOneWaits(work); // its start would slow down what is measured
                own.add(run(work, "own", commit, round));
                byHand.add(pods(work, pods, round));
                warm.add(run(work, "warm", commit, round));
            }
            report("a pod of its own", own, byHand);
            report("a warm pod", warm, byHand);
            work.client()
                    .resources(Pipeline.class)
                    .inNamespace(work.namespace())
                    .delete();
        }
    }

    private static void pipeline(TestNamespace work, String name, String keepWarm, String url) {
        var policy = name + "-" + work.namespace();
        work.client()
                .resource(Serialization.unmarshal("""
                        apiVersion: hearth.dev/v1alpha1
                        kind: CachePolicy
                        metadata: {name: %s}
                        spec: {keepWarm: {trusted: %s}}
                        """.formatted(policy, keepWarm), CachePolicy.class))
                .create();
        work.apply(PIPELINE.replace("NAME", name).replace("POLICY", policy).replace("URL", url));
    }

    private static long run(TestNamespace work, String pipeline, String commit, int round) {
        awaitBegin(round);
        var began = Instant.now();
        PipelineRun run = work.start(pipeline, "refs/heads/main", commit);
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
    private static long pods(TestNamespace work, List<Pod> pods, int round) {
        long took;
        try (var operator = HearthDeployment.operator(work.cluster())) { // who else may mount the caches
            awaitBegin(round);
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

    /** Without Hearth's labels, so that the operator does not take it for its own, and with the requests to its agents. */
    private static Pod copy(Pod template) {
        var copy = new io.fabric8.kubernetes.api.model.PodBuilder(template)
                .withStatus(null)
                .build();
        copy.setMetadata(new ObjectMetaBuilder()
                .withNamespace(template.getMetadata().getNamespace())
                .withName("by-hand-"
                        + Math.floorMod(template.getMetadata().getName().hashCode(), 1000))
                .withAnnotations(requests(template))
                .build());
        copy.getSpec().setNodeName(null);
        return copy;
    }

    private static Map<String, String> requests(Pod template) {
        return Optional.ofNullable(template.getMetadata().getAnnotations().get(ObjectLabels.REQUESTS))
                .map(requests -> Map.of(ObjectLabels.REQUESTS, requests))
                .orElse(Map.of());
    }

    /** Waits for the part of a second at which a round begins. */
    private static void awaitBegin(int round) {
        var wanted = TimeUnit.SECONDS.toMillis(1) * round / ROUNDS;
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(
                Math.floorMod(wanted - System.currentTimeMillis(), TimeUnit.SECONDS.toMillis(1))));
    }

    private static void report(String how, List<Long> hearth, List<Long> byHand) {
        var ours = mean(hearth);
        var theirs = mean(byHand);
        System.out.printf(
                "run in %s, %d rounds each: Hearth %.0f ms (%s), the same pods by hand %.0f ms (%s), ratio %.2f%n",
                how, ROUNDS, ours, hearth, theirs, byHand, ours / theirs);
    }

    private static double mean(List<Long> times) {
        return times.stream().mapToLong(Long::longValue).average().orElseThrow();
    }
}
