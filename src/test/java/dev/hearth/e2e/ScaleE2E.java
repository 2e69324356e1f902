package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Pipeline;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The operator with the memory that the chart gives it, as it follows much, and servers that want to end it. */
class ScaleE2E {
    private static final int REFS = 50_000;
    private static final int PIPELINES = 100;
    private static final int HOSTILE = 10;

    /** Sends refs without end, or for /slow.git one byte a second. The length of a request may come before the rest of it. */
    private static final String HOSTILE_SERVER = """
            use IO::Socket::INET; $SIG{CHLD} = "IGNORE"; $| = 1;
            my $server = IO::Socket::INET->new(LocalPort => 9418, Listen => 128, ReuseAddr => 1) or die;
            while (1) {
              my $client = $server->accept or next;
              if (!fork) {
                $client->autoflush(1);
                $client->read(my $length, 4);
                $client->read(my $asked, hex($length) - 4);
                if ($asked =~ /slow/) { print $client "0fff"; while (1) { print $client "x" or exit; sleep 1 } }
                print $client "0040" . ("1" x 40) . " refs/heads/" . sprintf("%07d", $i++) . "\\n" or exit while 1;
              }
              close $client;
            }
            """;

    @Test
    @ResourceLock(value = OperatorPod.LOCK, mode = ResourceAccessMode.READ)
    void followsManyLargeRepositoriesBesideHostileServersWithinItsMemory() {
        try (var large = TestNamespace.open("scale");
                var hostile = TestNamespace.open("scale-hostile");
                var healthy = TestNamespace.open("scale-healthy");
                var manyRefs = large.repository();
                var few = healthy.repository()) {
            // Given
            var operator = OperatorPod.of(large);
            assertThat(operator.getSpec()
                            .getContainers()
                            .getFirst()
                            .getResources()
                            .getLimits()
                            .get("memory"))
                    .as("as in the chart")
                    .hasToString("512Mi");
            manyRefs.withBranches(REFS, MinimalPipeline.push(manyRefs));
            var server = serveHostile(hostile);

            // When
            var refused = IntStream.range(0, HOSTILE)
                    .mapToObj(i -> hostile.apply(pipeline("endless-" + i, url(server, "endless"))))
                    .toList();
            var slow = IntStream.range(0, HOSTILE)
                    .mapToObj(i -> hostile.apply(pipeline("slow-" + i, url(server, "slow"))))
                    .toList();
            var followed = IntStream.range(0, PIPELINES)
                    .mapToObj(i -> large.apply(pipeline("many-" + i, manyRefs.url())))
                    .toList();
            var commit = MinimalPipeline.push(few);
            healthy.apply(MinimalPipeline.pipeline(few, "tasks: [{name: unit, image: busybox, command: [/bin/true]}]"));

            // Then
            CacheFixture.succeeded(healthy.finishedRunOf(commit));
            refused.forEach(pipeline -> hostile.until(pipeline, it -> isReady(it, "False", "ResponseTooLarge")));
            slow.forEach(pipeline -> hostile.until(pipeline, it -> isReady(it, "False", "RepositoryUnreachable")));
            followed.forEach(pipeline -> large.until(pipeline, it -> isReady(it, "True", "RefsListed")));

            var now = OperatorPod.of(large);
            assertThat(now.getMetadata().getUid())
                    .isEqualTo(operator.getMetadata().getUid());
            assertThat(now.getStatus().getContainerStatuses())
                    .extracting(ContainerStatus::getRestartCount)
                    .isEqualTo(operator.getStatus().getContainerStatuses().stream()
                            .map(ContainerStatus::getRestartCount)
                            .toList());
        }
    }

    private static boolean isReady(Pipeline pipeline, String status, String reason) {
        return condition(pipeline, "Ready")
                .filter(it -> it.status().equals(status) && it.reason().equals(reason))
                .isPresent();
    }

    private static String pipeline(String name, String url) {
        return """
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: %s}
                spec:
                  source: {url: "%s"}
                  triggers: {poll: 1h, branches: ["release/*"]}
                  tasks: [{name: unit, image: busybox, command: [/bin/true]}]
                """.formatted(name, url);
    }

    private static String url(Service server, String repository) {
        return "git://" + server.getMetadata().getName() + "."
                + server.getMetadata().getNamespace() + "/" + repository + ".git";
    }

    private static Service serveHostile(TestNamespace work) {
        var labels = Map.of("app", "hostile");
        var pod = work.client()
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withNamespace(work.namespace())
                        .withName("hostile")
                        .withLabels(labels)
                        .endMetadata()
                        .withNewSpec()
                        .withTerminationGracePeriodSeconds(0L)
                        .addNewContainer()
                        .withName("hostile")
                        .withImage("hearth/git-server")
                        .withImagePullPolicy("IfNotPresent")
                        .withCommand("perl", "-e", HOSTILE_SERVER)
                        .withNewReadinessProbe()
                        .withPeriodSeconds(1)
                        .withNewTcpSocket()
                        .withNewPort(9418)
                        .endTcpSocket()
                        .endReadinessProbe()
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
        work.client().resource(pod).waitUntilReady(2, TimeUnit.MINUTES);
        return work.client()
                .resource(new ServiceBuilder()
                        .withNewMetadata()
                        .withNamespace(work.namespace())
                        .withName("hostile")
                        .endMetadata()
                        .withNewSpec()
                        .withSelector(labels)
                        .addNewPort()
                        .withPort(9418)
                        .endPort()
                        .endSpec()
                        .build())
                .create();
    }
}
