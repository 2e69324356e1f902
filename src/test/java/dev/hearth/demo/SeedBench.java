package dev.hearth.demo;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.StepStatus;
import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a pull request's first run costs by each way of seeding, beside main's first run and its warm one, on a cache of a
 * given size. Figures are of one run each: read them as ratios of their table.
 */
public final class SeedBench {
    private static final PrintStream OUT = System.out;
    private static final String TOOL = "tool/linux/amd64";
    private static final List<String> MODES = List.of("Overlay", "Copy", "Import", "");
    private final TestNamespace work;
    private final List<String> modes;

    private SeedBench(TestNamespace work, List<String> modes) {
        this.work = work;
        this.modes = modes;
    }

    /** Takes the size of the cache in MB, 1000 if left out, and the ways of seeding, all if left out. */
    @SuppressWarnings("IllegalCatch") // the clients' threads would keep the JVM, and so hide any failure
    public static void main(String[] arguments) {
        try {
            var megabytes = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1000;
            var modes = arguments.length > 1 ? List.of(arguments).subList(1, arguments.length) : MODES;
            var cluster = Cluster.demo();
            HearthDeployment.install(cluster);
            try (var work = new TestNamespace(cluster, cluster.namespace("bench"));
                    var repository = work.repository()) {
                new SeedBench(work, modes).measure(repository, megabytes);
            }
            System.exit(0);
        } catch (Exception e) {
            e.printStackTrace(OUT);
            System.exit(1);
        }
    }

    private void measure(GitRepository repository, int megabytes) {
        modes.forEach(this::policy);
        OUT.printf("%n%-28s %8s %8s %9s %9s %9s%n", megabytes + " MB", "cached", "run", "seeding", "sealing", "disk");
        var main = repository.push("refs/heads/main", Map.of("Dockerfile", dockerfile(megabytes), "source", "0\n"));
        // Main exports a cache directory too, if it is to be imported: its sealing and disk are without it.
        work.apply(pipeline(repository));
        row("main, first run", work.finishedRunOf(main));
        row("main, same commit", work.finished(work.start("seeds", "refs/heads/main", main)));
        for (int i = 0; i < modes.size(); i++) {
            follow(modes.get(i));
            var proposed = repository.push("refs/pull/" + (i + 1) + "/head", Map.of("source", (i + 1) + "\n"));
            row("pull request, " + name(modes.get(i)), work.finishedRunOf(proposed));
        }
        modes.forEach(mode -> work.client()
                .resources(CachePolicy.class)
                .withName(policyName(mode))
                .delete());
    }

    private void row(String title, PipelineRun run) {
        var status = run.getStatus();
        var took = Duration.between(
                Instant.parse(Objects.requireNonNull(status.startedAt())),
                Instant.parse(Objects.requireNonNull(status.finishedAt())));
        StepStatus step = TestNamespace.step(run, TOOL);
        var volume = work.until(
                "the volume of " + title,
                () -> work.client().resources(CacheScope.class).inNamespace(work.namespace()).list().getItems().stream()
                        .filter(scope ->
                                scope.getSpec().ref().equals(run.getSpec().ref()))
                        .flatMap(scope -> Optional.ofNullable(scope.getStatus()).stream())
                        .flatMap(scope -> scope.volumes().stream())
                        .filter(it -> last(it).filter(run.getMetadata().getName()::equals)
                                .isPresent())
                        .findFirst());
        var said = work.client()
                .pods()
                .inNamespace(work.namespace())
                .withName(step.pod())
                .get()
                .getStatus()
                .getInitContainerStatuses()
                .getLast()
                .getState()
                .getTerminated()
                .getMessage();
        OUT.printf(
                "%-28s %8s %6d s %9s %9s %9s%n",
                title,
                step.cached() + "/"
                        + (Objects.requireNonNullElse(step.cached(), 0)
                                + Objects.requireNonNullElse(step.executed(), 0)),
                took.toSeconds(),
                millis(said, "seed"),
                millis(said, "sealed"),
                Objects.requireNonNull(volume.lastUse()).used());
    }

    private static Optional<String> last(ScopeVolume volume) {
        return Optional.ofNullable(volume.lastUse()).map(ScopeVolume.LastUse::run);
    }

    private static String millis(@Nullable String said, String what) {
        var found = Pattern.compile("\"" + what + "\":\\{[^}]*\"millis\":([0-9]+)")
                .matcher(Objects.requireNonNullElse(said, ""));
        return found.find() ? found.group(1) + " ms" : "-";
    }

    private void follow(String mode) {
        work.client()
                .resources(dev.hearth.api.Pipeline.class)
                .inNamespace(work.namespace())
                .withName("seeds")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\": {\"cache\": {\"policy\": \"" + policyName(mode) + "\"}}}");
    }

    private void policy(String mode) {
        work.client()
                .resource(Serialization.unmarshal("""
                        apiVersion: hearth.dev/v1alpha1
                        kind: CachePolicy
                        metadata: {name: %s}
                        spec: {seed: [%s], seedWithin: 30m}
                        """.formatted(policyName(mode), mode), CachePolicy.class))
                .create();
    }

    /** Files of 1 MB, most of them in a layer and a tenth in a cache mount. */
    private static String dockerfile(int megabytes) {
        return """
            FROM debian:bookworm-slim
            RUN mkdir /data && for i in $(seq %1$d); do head -c 1000000 /dev/urandom >/data/$i; done
            RUN --mount=type=cache,target=/cache for i in $(seq %2$d); do head -c 1000000 /dev/urandom >/cache/$i; done
            COPY source /source
            RUN --mount=type=cache,target=/cache ls /cache | wc -l >/files
            """.formatted(megabytes * 9 / 10, megabytes / 10);
    }

    private String pipeline(GitRepository repository) {
        return """
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: seeds}
                spec:
                  source: {url: "%s"}
                  triggers: {poll: 5s, branches: [main], pullRequests: {enabled: true}}
                  cache: {policy: %s}
                  builds: [{name: tool}]
                """.formatted(repository.url(), policyName(modes.contains("Import") ? "Import" : modes.getFirst()));
    }

    private String policyName(String mode) {
        return work.namespace() + "-" + name(mode);
    }

    private static String name(String mode) {
        return mode.isEmpty() ? "cold" : mode.toLowerCase(java.util.Locale.ROOT);
    }
}
