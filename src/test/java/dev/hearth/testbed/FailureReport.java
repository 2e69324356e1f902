package dev.hearth.testbed;

import dev.hearth.api.CacheScope;
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

    private FailureReport() {}

    /**
     * @param operator lines of the operator's log
     */
    static String of(KubernetesClient client, String namespace, Stream<String> operator) {
        var scopes = client.resources(CacheScope.class).inNamespace(namespace).list().getItems().stream()
                .map(scope -> scope.getMetadata().getName() + ": " + Serialization.asYaml(scope.getStatus()));
        var runs = client.resources(PipelineRun.class).inNamespace(namespace).list().getItems().stream()
                .map(run -> run.getMetadata().getName() + ": " + Serialization.asYaml(run.getStatus()));
        var pods =
                client.pods().inNamespace(namespace).list().getItems().stream().map(pod -> said(client, pod));
        return Stream.of(scopes, runs, pods, operator).flatMap(lines -> lines).collect(Collectors.joining("\n"));
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

    /** Returns the lines of the operator's log that name a namespace, where the operator is a pod. */
    static Stream<String> operatorPod(KubernetesClient client, String namespace) {
        return client.pods().inNamespace(HearthDeployment.NAMESPACE).list().getItems().stream()
                .flatMap(pod -> client.pods()
                        .resource(pod)
                        .tailingLines(OPERATORS_LINES)
                        .getLog()
                        .lines())
                .filter(line -> line.contains(namespace));
    }
}
