package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Pipeline;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.testbed.Workplace;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IPBlock;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** What steps reach of the cluster that they run in. */
class NetworkE2E {

    /** A network plugin learns of a pod's address a moment after the pod has it, so what is closed may be open until then. */
    private static final String PROBE = """
            reach() { timeout 5 bash -c "</dev/tcp/$1/$2" 2>/dev/null; }
            open() { for _ in $(seq 20); do reach $1 $2 && return; sleep 1; done; echo "cannot reach $1:$2"; exit 1; }
            closed() { for _ in $(seq 20); do reach $1 $2 || return 0; sleep 1; done; echo "can reach $1:$2"; exit 1; }
            """;

    @Test
    @EnabledIfEnvironmentVariable(
            named = "HEARTH_NETWORK_POLICIES",
            matches = "enforced",
            disabledReason = "nothing says that this cluster enforces network policies")
    void stepsReachEverythingButTheClusterItself() {
        try (var work = Workplace.open("network");
                var repository = work.repository()) {
            // Given: the API server's two addresses, which any other pod reaches
            var service = service(work.client());
            var node = node(work.client());
            var places = "open %s 443; open %s 6443".formatted(service, node);
            work.until("a pod of no pipeline", () -> phase(work, PROBE + places).filter("Succeeded"::equals));
            var probe = PROBE + """
                    open git.fixtures 9418
                    open registry.fixtures 5000
                    closed %s 443
                    closed %s 6443
                    closed %s 10250
                    closed 169.254.169.254 80
                    """.formatted(service, node, node);
            repository.push("refs/heads/main", Map.of("probe", probe, "Dockerfile", """
                    FROM debian:bookworm-slim
                    COPY probe /
                    RUN bash /probe
                    """));
            var pipeline = work.apply(Small.pipeline(repository, """
                            builds: [{name: image}]
                            tasks: [{name: probe, image: "debian:bookworm-slim", command: [bash, -c, SCRIPT]}]
                            """.replace("SCRIPT", quoted(probe)))
                    .replace("branches: [main]", "pullRequests: {enabled: true}"));

            // When: a pull request is opened after the pipeline has seen the others
            work.until(pipeline, it -> it.getStatus().refs() != null);
            var run = work.finishedRunOf(repository.push("refs/pull/7/head", Map.of("proposed", "yes")));

            // Then
            assertThat(run.getStatus().steps())
                    .hasSize(2)
                    .allSatisfy(step -> assertThat(step).as("%s", step).returns(State.Succeeded, StepStatus::state));
        }
    }

    @Test
    void eachPipelineHasOnePolicyThatGoesWithIt() {
        try (var work = Workplace.open("policy");
                var repository = work.repository()) {
            var commit = Small.push(repository);
            var pipeline = work.apply(
                    Small.pipeline(repository, "tasks: [{name: unit, image: busybox, command: [/bin/true]}]"));
            work.finishedRunOf(commit);
            work.finished(work.start("small", "refs/heads/main", commit));

            var policies = work.client()
                    .network()
                    .v1()
                    .networkPolicies()
                    .inNamespace(work.namespace())
                    .list()
                    .getItems();

            assertThat(policies).singleElement().satisfies(policy -> {
                assertThat(policy.getMetadata().getOwnerReferences())
                        .singleElement()
                        .satisfies(owner -> assertThat(owner.getUid())
                                .isEqualTo(pipeline.getMetadata().getUid()));
                assertThat(policy.getSpec().getEgress().getFirst().getTo())
                        .extracting(NetworkPolicyPeer::getIpBlock)
                        .filteredOn(Objects::nonNull)
                        .flatExtracting(IPBlock::getExcept)
                        .contains(service(work.client()) + "/32", node(work.client()) + "/32", "169.254.0.0/16");
            });

            work.client()
                    .resources(Pipeline.class)
                    .inNamespace(work.namespace())
                    .delete();
            work.until(
                    "the policy to go",
                    () -> Optional.of(work.client()
                                    .network()
                                    .v1()
                                    .networkPolicies()
                                    .inNamespace(work.namespace())
                                    .list()
                                    .getItems())
                            .filter(left -> left.isEmpty()));
        }
    }

    private static String service(KubernetesClient client) {
        return client.services()
                .inNamespace("default")
                .withName("kubernetes")
                .get()
                .getSpec()
                .getClusterIP();
    }

    private static String node(KubernetesClient client) {
        return client.discovery()
                .v1()
                .endpointSlices()
                .inNamespace("default")
                .withName("kubernetes")
                .get()
                .getEndpoints()
                .getFirst()
                .getAddresses()
                .getFirst();
    }

    /** Of a pod that runs a script, which is made if it is not there. */
    private static Optional<String> phase(Workplace work, String script) {
        var pod = work.client()
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withNamespace(work.namespace())
                        .withName("plain")
                        .endMetadata()
                        .withNewSpec()
                        .withRestartPolicy("Never")
                        .addNewContainer()
                        .withName("main")
                        .withImage("debian:bookworm-slim")
                        .withImagePullPolicy("IfNotPresent")
                        .withCommand("bash", "-c", script)
                        .endContainer()
                        .endSpec()
                        .build());
        return Optional.ofNullable(
                pod.forceConflicts().serverSideApply().getStatus().getPhase());
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }
}
