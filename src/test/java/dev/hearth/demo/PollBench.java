package dev.hearth.demo;

import static org.awaitility.Awaitility.await;

import dev.hearth.api.Pipeline;
import dev.hearth.controlplane.ControlPlane;
import dev.hearth.core.secret.SecretConsent;
import dev.hearth.git.GitServer;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What many pipelines cost that are polled every minute: the operator of the image that was built last, an API server, and the
 * real git over HTTP. Each operator begins with pipelines that an earlier one has listed. Prints how many listings began in one second after the start, and then listings and CPU time per minute
 * and the resident memory: without webhooks, and with webhooks that told of a push hours ago.
 */
public final class PollBench {
    private static final int PIPELINES = 200;
    private static final int NAMESPACES = 10;
    private static final int BRANCHES = 50;
    private static final int TAGS = 200;
    private static final int PULL_REQUESTS = 2000;
    private static final Map<String, String> SETTINGS = Map.of("HEARTH_NETWORK_LOOPBACK", "true");
    private static final Duration MEASURED = Duration.ofMinutes(2);
    private static final Duration SETTLE = Duration.ofSeconds(60);

    private PollBench() {}

    /** Takes no arguments. */
    @SuppressWarnings("IllegalCatch") // Maven would wait forever for threads of the client
    public static void main(String[] arguments) {
        try (var plane = ControlPlane.start();
                var git = GitServer.start()) {
            var repository = repository(git);
            IntStream.range(0, NAMESPACES).forEach(at -> namespace(plane, "team-" + at));
            for (int at = 0; at < PIPELINES; at++) {
                plane.client().resource(pipeline(at, repository.http().url())).create();
            }
            listForTheFirstTime(plane);
            measure(plane, git, "without webhooks");
            for (int at = 0; at < PIPELINES; at++) {
                tellOfAWebhook(plane, at);
            }
            measure(plane, git, "with webhooks that are quiet");
            System.exit(0);
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    /** An operator lists repositories that it does not know as soon as it can. */
    private static void listForTheFirstTime(ControlPlane plane) throws IOException, InterruptedException {
        try (var operator = ImageOperator.start(plane, SETTINGS, ImageOperator.CACHED)) {
            operator.awaitReady();
            await("all repositories to be listed")
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> plane.client().resources(Pipeline.class).inAnyNamespace().list().getItems().stream()
                            .allMatch(it ->
                                    it.getStatus() != null && it.getStatus().refs() != null));
        }
    }

    private static void measure(ControlPlane plane, GitServer git, String what)
            throws IOException, InterruptedException {
        var times = new ConcurrentLinkedQueue<Instant>();
        git.onConnect(() -> times.add(Instant.now()));
        plane.client().leases().inNamespace("default").withName("hearth").delete();
        try (var operator = ImageOperator.start(plane, SETTINGS, ImageOperator.CACHED)) {
            operator.awaitReady();
            Thread.sleep(SETTLE);
            var burst = times.stream()
                    .collect(Collectors.groupingBy(Instant::getEpochSecond, Collectors.counting()))
                    .values()
                    .stream()
                    .mapToLong(Long::longValue)
                    .max()
                    .orElse(0);
            times.clear();
            var cpu = operator.cpuTime();
            Thread.sleep(MEASURED);
            System.out.printf(
                    "%d pipelines, %s: after the start up to %d listings in one second; then %d listings and %d ms of CPU time"
                            + " a minute, %d MiB%n",
                    PIPELINES,
                    what,
                    burst,
                    times.size() / MEASURED.toMinutes(),
                    operator.cpuTime().minus(cpu).toMillis() / MEASURED.toMinutes(),
                    operator.residentMebibytes());
        }
    }

    /** With the secret of the webhooks. */
    private static void namespace(ControlPlane plane, String name) {
        var namespace = new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .build();
        var secret = new SecretBuilder()
                .withNewMetadata()
                .withName("hook")
                .withNamespace(name)
                .addToAnnotations(SecretConsent.PIPELINES, "*")
                .endMetadata()
                .addToStringData("secret", "0123456789abcdef")
                .build();
        plane.client().resource(namespace).create();
        plane.client().resource(secret).create();
    }

    private static GitServer.Repository repository(GitServer git) {
        var repository = git.create("app");
        var commit = repository.commit("refs/heads/main", "a", "1");
        repository.pullRequests(PULL_REQUESTS, commit);
        IntStream.range(0, BRANCHES).forEach(at -> repository.set("refs/heads/topic-" + at, commit));
        IntStream.range(0, TAGS).forEach(at -> repository.set("refs/tags/v1." + at, commit));
        return repository;
    }

    /** It follows a branch that does not exist, so that no run starts. */
    private static Pipeline pipeline(int at, String url) {
        return Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: app-%d, namespace: team-%d}
                spec:
                  source: {url: "%s", allowPlainHttp: true}
                  forge: {type: Forgejo, url: "https://forge.invalid", repository: team/app, webhook: {secretName: hook}}
                  triggers: {branches: ["none/*"]}
                  tasks: [{name: unit, image: busybox, command: ["true"]}]
                """.formatted(at, at % NAMESPACES, url), Pipeline.class);
    }

    /** As if the operator had answered a delivery some hours ago. */
    private static void tellOfAWebhook(ControlPlane plane, int at) {
        var resource = plane.client()
                .resources(Pipeline.class)
                .inNamespace("team-" + at % NAMESPACES)
                .withName("app-" + at);
        resource.subresource("status")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        Serialization.asJson(Map.of(
                                "status",
                                Map.of(
                                        "deliveries",
                                        List.of(Map.of(
                                                "receivedAt",
                                                        Instant.now()
                                                                .minus(Duration.ofHours(5))
                                                                .toString(),
                                                "event", "push",
                                                "result", "no ref that is followed has a new commit"))))));
    }
}
