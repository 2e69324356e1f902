package dev.hearth.testbed;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What there is to see of a test that waited in vain, for whoever reads its failure long after the cluster is gone. */
final class FailureReport {
    private static final int OPERATORS_LINES = 4000;
    /** The newest lines of the operator's log, whichever namespace they are about: they show whether it works at all. */
    private static final int NEWEST_LINES = 40;

    private FailureReport() {}

    /**
     * @param operator lines of the operator's log
     */
    static String of(KubernetesClient client, String namespace, Stream<String> operator) {
        var scopes = client.resources(CacheScope.class).inNamespace(namespace).list().getItems().stream()
                .map(scope -> scope.getMetadata().getName() + ": " + Serialization.asYaml(scope.getStatus()));
        var pipelines = client.resources(Pipeline.class).inNamespace(namespace).list().getItems().stream()
                .map(pipeline -> pipeline.getMetadata().getName() + ": " + Serialization.asYaml(pipeline.getStatus()));
        var runs = client.resources(PipelineRun.class).inNamespace(namespace).list().getItems().stream()
                .map(run -> run.getMetadata().getName() + ": " + Serialization.asYaml(run.getStatus()));
        var pods =
                client.pods().inNamespace(namespace).list().getItems().stream().map(pod -> said(client, pod));
        return Stream.of(scopes, pipelines, runs, pods, operator)
                .flatMap(lines -> lines)
                .collect(Collectors.joining("\n"));
    }

    private static String said(KubernetesClient client, Pod pod) {
        var spec = pod.getSpec();
        return pod.getMetadata().getName() + ": " + Serialization.asYaml(pod.getStatus())
                + Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream())
                        .map(container -> "--- " + container.getName() + "\n" + log(client, pod, container.getName()))
                        .collect(Collectors.joining("\n"));
    }

    private static String log(KubernetesClient client, Pod pod, String container) {
        try {
            return client.pods()
                    .resource(pod)
                    .inContainer(container)
                    .tailingLines(20)
                    .getLog();
        } catch (KubernetesClientException e) {
            return "no log: " + e.getMessage(); // of a container that has not started
        }
    }

    /**
     * Returns the states of the operator's pods, the lines of their logs that name a namespace, and the newest lines. A
     * container that was restarted also has the end of its log before.
     */
    static Stream<String> operatorPod(KubernetesClient client, String namespace) {
        return client
                .pods()
                .inNamespace(HearthDeployment.NAMESPACE)
                .withLabel("app.kubernetes.io/name", HearthDeployment.DEPLOYMENT)
                .list()
                .getItems()
                .stream()
                .flatMap(pod -> operator(client, pod, namespace));
    }

    private static Stream<String> operator(KubernetesClient client, Pod pod, String namespace) {
        var restarted = pod.getStatus().getContainerStatuses().stream().anyMatch(it -> it.getRestartCount() > 0);
        var state = "operator " + pod.getMetadata().getName() + ": " + Serialization.asYaml(pod.getStatus());
        try {
            var log = client.pods()
                    .resource(pod)
                    .tailingLines(OPERATORS_LINES)
                    .getLog()
                    .lines()
                    .toList();
            var newest = log.subList(Math.max(0, log.size() - NEWEST_LINES), log.size());
            return Stream.of(
                            Stream.of(state),
                            restarted ? before(client, pod) : Stream.<String>empty(),
                            log.stream().filter(line -> line.contains(namespace)),
                            Stream.of("--- newest lines of the operator"),
                            newest.stream())
                    .flatMap(lines -> lines);
        } catch (KubernetesClientException e) {
            return Stream.of(state, "no log of the operator: " + e.getMessage());
        }
    }

    private static Stream<String> before(KubernetesClient client, Pod pod) {
        var log = client.pods()
                .resource(pod)
                .terminated()
                .tailingLines(NEWEST_LINES)
                .getLog();
        return Stream.concat(Stream.of("--- end of the log before the restart"), log.lines());
    }
}
