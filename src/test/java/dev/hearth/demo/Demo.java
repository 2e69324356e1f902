package dev.hearth.demo;

import dev.hearth.api.PipelineRun;
import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The main job on a real cluster: a first run, the same commit again, one changed file. Leaves the cluster up. */
public final class Demo {
    private static final Path SAMPLE = Path.of("manifests/samples/hello");
    private static final PrintStream OUT = System.out;

    private Demo() {}

    /** Takes no arguments. */
    @SuppressWarnings("IllegalCatch") // the clients' threads would keep the JVM, and so hide any failure
    public static void main(String[] arguments) {
        try {
            demonstrate();
            System.exit(0);
        } catch (Exception e) {
            e.printStackTrace(OUT);
            System.exit(1);
        }
    }

    private static void demonstrate() throws IOException {
        var began = Instant.now();
        say("starts a cluster (or finds the one of an earlier demo)");
        var cluster = Cluster.demo();
        say("installs Hearth, a git server and a registry, " + since(began));
        HearthDeployment.install(cluster);
        var place = namespace(cluster);
        var work = new TestNamespace(cluster, place);
        try (var repository = GitRepository.create(cluster, "hello").with(SAMPLE.resolve("source"))) {
            say("pushes manifests/samples/hello/source to a repository and applies the pipeline, " + since(began));
            var commit = repository.push("refs/heads/main", Map.of());
            work.apply(Files.readString(SAMPLE.resolve("pipeline.yaml")));
            var first = follow(
                    work,
                    "first run",
                    work.until("a run of " + commit, () -> work.runs().stream().findFirst()));

            var again = follow(work, "the same commit again", work.start("hello", "refs/heads/main", commit));

            var changed = repository.push(
                    "refs/heads/main", Map.of("greeting.c", repository.read("greeting.c") + "/* a change */\n"));
            var third = follow(
                    work,
                    "one source file changed",
                    work.until(
                            "a run of " + changed,
                            () -> work.runs().stream()
                                    .filter(run -> changed.equals(run.getSpec().commit()))
                                    .findFirst()));
            OUT.println();
            OUT.println(new RunTable(
                    List.of("first run", "same commit again", "one file changed"), List.of(first, again, third)));
            farewell(cluster, place, began);
        }
    }

    /** Without what an earlier demo left there, so that the first run is a first run. */
    private static Cluster.Namespace namespace(Cluster cluster) {
        var namespaces = cluster.client().namespaces();
        namespaces.withName("demo").delete();
        namespaces.withName("demo").waitUntilCondition(gone -> gone == null, 3, TimeUnit.MINUTES);
        namespaces
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName("demo")
                        .endMetadata()
                        .build())
                .create();
        return new Cluster.Namespace("demo", cluster.client());
    }

    private static PipelineRun follow(TestNamespace work, String title, PipelineRun run) {
        OUT.printf("%n%s: %s%n", title, run.getMetadata().getName());
        var progress = new Progress(OUT, Instant.now());
        return work.until(run, now -> {
            progress.show(now);
            return now.getStatus().finishedAt() != null;
        });
    }

    private static void farewell(Cluster cluster, Cluster.Namespace place, Instant began) {
        OUT.printf("""

                That took %s. The cluster is still up. To look around:

                  export KUBECONFIG=%s
                  kubectl -n %s get hearth
                  kubectl -n %s get pods

                `make stop` ends it. (Without a kubectl of your own: . target/testbed.env brings one.)
                """, since(began), cluster.kubeconfig(), place.name(), place.name());
    }

    private static void say(String what) {
        OUT.println("demo: " + what);
    }

    private static String since(Instant began) {
        return Duration.between(began, Instant.now()).toSeconds() + " s";
    }
}
