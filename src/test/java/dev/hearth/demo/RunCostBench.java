package dev.hearth.demo;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodRun;
import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What warm runs of the hello sample cost the API server: revisions of objects and their bytes, by kind, and the size of each
 * pod. Also how long a run takes to create or take its first pod.
 */
public final class RunCostBench {
    private static final Path SAMPLE = Path.of("manifests/samples/hello");
    private static final PrintStream OUT = System.out;
    private static final int ROUNDS = 5;
    private static final List<Class<? extends HasMetadata>> KINDS = List.of(
            Pod.class,
            PipelineRun.class,
            CacheScope.class,
            Pipeline.class,
            PersistentVolumeClaim.class,
            ConfigMap.class,
            NetworkPolicy.class,
            Event.class);

    private RunCostBench() {}

    /** Takes no arguments. */
    @SuppressWarnings("IllegalCatch") // the clients' threads would keep the JVM, and so hide any failure
    public static void main(String[] arguments) {
        try {
            var cluster = Cluster.demo();
            HearthDeployment.install(cluster);
            try (var work = new TestNamespace(cluster, cluster.namespace("cost"));
                    var repository = work.repository().with(SAMPLE.resolve("source"))) {
                measure(work, repository);
            }
            System.exit(0);
        } catch (Exception e) {
            e.printStackTrace(OUT);
            System.exit(1);
        }
    }

    private static void measure(TestNamespace work, GitRepository repository) throws IOException {
        var commit = repository.push("refs/heads/main", Map.of());
        work.apply(Files.readString(SAMPLE.resolve("pipeline.yaml"))
                .replace("git://git.fixtures/hello.git", repository.url())
                .replace("registry.fixtures:5000/hello", "registry.fixtures:5000/" + work.namespace()));
        work.finishedRunOf(commit);
        var rounds = new ArrayList<Cost>();
        for (int round = 0; round < ROUNDS; round++) {
            rounds.add(run(work, commit));
        }
        report(rounds);
    }

    /** Counts until the pods have ended, since the daemon seals the cache after the run. */
    private static Cost run(TestNamespace work, String commit) {
        var cost = new Cost();
        var watches = KINDS.stream().map(kind -> watch(work, kind, cost)).toList();
        try {
            cost.begin();
            var run = work.finished(work.start("hello", "refs/heads/main", commit));
            work.until("the end of the pods", () -> Optional.of(run).filter(it -> haveEnded(work, it)));
            return cost;
        } finally {
            watches.forEach(Watch::close);
        }
    }

    private static boolean haveEnded(TestNamespace work, PipelineRun run) {
        return work.podsOf(run).stream()
                .allMatch(pod ->
                        List.of("Succeeded", "Failed").contains(pod.getStatus().getPhase()));
    }

    private static <T extends HasMetadata> Watch watch(TestNamespace work, Class<T> kind, Cost cost) {
        var resources = work.client().resources(kind).inNamespace(work.namespace());
        var version = resources.list().getMetadata().getResourceVersion();
        return resources.withResourceVersion(version).watch(new Watcher<>() {
            @Override
            public void eventReceived(Action action, T object) {
                cost.add(kind.getSimpleName(), action, object);
            }

            @Override
            public void onClose(@Nullable WatcherException cause) {
                if (cause != null) {
                    throw new IllegalStateException("the count is not complete", cause);
                }
            }
        });
    }

    private static void report(List<Cost> rounds) {
        OUT.printf(
                "warm run of the hello sample, medians of %d: first pod after %d ms, %d revisions, %d KB, %d of the run%n",
                ROUNDS,
                median(rounds.stream().map(Cost::firstPodMillis).toList()),
                median(rounds.stream().map(Cost::revisions).toList()),
                median(rounds.stream().map(Cost::bytes).toList()) / 1000,
                median(rounds.stream().map(Cost::revisionsOfRun).toList()));
        rounds.getLast().print();
    }

    private static long median(List<Long> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    /** What one run has cost. Watches add to it from threads of their own. */
    private static final class Cost {
        private final Map<String, List<Integer>> bytes = new TreeMap<>();
        private final Map<String, Integer> pods = new TreeMap<>();
        private Instant began = Instant.MIN;
        private @Nullable Instant firstPod;

        synchronized void begin() {
            began = Instant.now();
        }

        synchronized void add(String kind, Watcher.Action action, HasMetadata object) {
            bytes.computeIfAbsent(kind, _ -> new ArrayList<>()).add(size(object));
            if (object instanceof Pod pod && (action == Watcher.Action.ADDED || pods.containsKey(name(pod)))) {
                pods.put(name(pod), size(spec(pod)));
            }
            if (firstPod == null && object instanceof Pod pod && isNew(action, pod)) {
                firstPod = Instant.now();
            }
        }

        /** Whether a pod was just created by a run, or taken. */
        private boolean isNew(Watcher.Action action, Pod pod) {
            return PodRun.of(pod).isPresent()
                    && (action == Watcher.Action.ADDED
                            || Optional.ofNullable(
                                            pod.getMetadata().getAnnotations().get(ObjectLabels.TAKEN_AT))
                                    .filter(at -> Instant.parse(at).isAfter(began))
                                    .isPresent());
        }

        synchronized long firstPodMillis() {
            return Duration.between(began, Objects.requireNonNull(firstPod)).toMillis();
        }

        synchronized long revisions() {
            return bytes.values().stream().mapToLong(List::size).sum();
        }

        synchronized long revisionsOfRun() {
            return bytes.getOrDefault(PipelineRun.class.getSimpleName(), List.of())
                    .size();
        }

        synchronized long bytes() {
            return bytes.values().stream()
                    .flatMap(List::stream)
                    .mapToLong(Integer::longValue)
                    .sum();
        }

        synchronized void print() {
            OUT.println("the last one, by kind:");
            bytes.forEach((kind, sizes) -> OUT.printf(
                    "  %-22s %4d revisions %8.1f KB%n",
                    kind,
                    sizes.size(),
                    sizes.stream().mapToInt(Integer::intValue).sum() / 1000.0));
            OUT.println("its pods as the API server keeps them, without status and managedFields:");
            pods.forEach((pod, size) -> OUT.printf("  %-62s %6.1f KB%n", pod, size / 1000.0));
        }

        private static String name(Pod pod) {
            return pod.getMetadata().getName();
        }

        private static Pod spec(Pod pod) {
            return new PodBuilder(pod)
                    .withStatus(null)
                    .editMetadata()
                    .withManagedFields(List.of())
                    .endMetadata()
                    .build();
        }

        private static int size(HasMetadata object) {
            return Serialization.asJson(object).getBytes(StandardCharsets.UTF_8).length;
        }
    }
}
