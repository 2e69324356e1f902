package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ConditionType;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IPBlock;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

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
    void scopesSayThatPoliciesAreEnforced() {
        try (var work = TestNamespace.open("enforced");
                var repository = work.repository()) {
            MinimalPipeline.push(repository);
            work.apply(CacheFixture.pipeline(repository, "builds: [{name: tool}]"));

            var condition =
                    CacheFixture.scopeCondition(work, it -> it.type().equals(ConditionType.NetworkIsolated.name()));

            assertThat(condition.status()).as("%s", condition).isEqualTo("True");
        }
    }

    @Test
    @EnabledIfEnvironmentVariable(
            named = "HEARTH_NETWORK_POLICIES",
            matches = "enforced",
            disabledReason = "nothing says that this cluster enforces network policies")
    void stepsReachWhatTheirTrustAllowsAndNeverTheClusterItself() {
        try (var work = TestNamespace.open("network");
                var repository = work.repository()) {
            // Given: what any other pod reaches: both addresses of the API server, the kubelet, a neighbour, and the
            // operator's public port
            var service = service(work.client());
            var node = node(work.client());
            var neighbour = neighbour(work);
            var places = """
                    open %s 443
                    open %s 6443
                    open %s 10250
                    open %s 7070
                    open hearth.hearth-system 443
                    closed hearth.hearth-system 9000
                    """.formatted(service, node, node, neighbour);
            work.until("a pod of no pipeline", () -> phase(work, PROBE + places).filter("Succeeded"::equals));
            var never = PROBE + """
                    open git.fixtures 9418
                    open registry.fixtures 5000
                    closed %s 443
                    closed %s 6443
                    closed %s 10250
                    closed 169.254.169.254 80
                    closed hearth.hearth-system 443
                    closed hearth.hearth-system 9000
                    """.formatted(service, node, node);
            var untrusted = never + "closed " + neighbour + " 7070\n";
            repository.push("refs/heads/main", Map.of("probe", untrusted, "Dockerfile", """
                    FROM debian:bookworm-slim
                    COPY probe /
                    RUN bash /probe
                    """));
            var pipeline = work.apply(MinimalPipeline.pipeline(repository, """
                            builds: [{name: image}]
                            tasks: [{name: probe, image: "debian:bookworm-slim", command: [bash, -c, SCRIPT]}]
                            """.replace("SCRIPT", quoted(untrusted)))
                    .replace("branches: [main]", "pullRequests: {enabled: true}"));
            var trusted = work.apply(MinimalPipeline.pipeline(
                            repository,
                            "tasks: [{name: probe, image: \"debian:bookworm-slim\", command: [bash, -c, SCRIPT]}]"
                                    .replace("SCRIPT", quoted(never + "open " + neighbour + " 7070\n")))
                    .replace("name: small", "name: trusted"));

            work.client()
                    .serviceAccounts()
                    .inNamespace(work.namespace())
                    .withName("default")
                    .edit(account -> new ServiceAccountBuilder(account)
                            .addNewImagePullSecret("of-the-account")
                            .build());

            // When: a pull request is opened after the pipeline has seen the others
            work.until(pipeline, it -> it.getStatus().refs() != null);
            var run = work.finishedRunOf(repository.push("refs/pull/7/head", Map.of("proposed", "yes")));
            var ofMain = work.finished(work.start(trusted.getMetadata().getName(), "refs/heads/main", null));

            // Then
            assertThat(run.getStatus().steps())
                    .hasSize(2)
                    .allSatisfy(step -> assertThat(step).as("%s", step).returns(State.Succeeded, StepStatus::state));
            assertThat(pullSecrets(work, ofMain)).contains("of-the-account");
            assertThat(pullSecrets(work, run)).containsOnly("hearth-no-pull-secrets");
            assertThat(ofMain.getStatus().steps())
                    .singleElement()
                    .satisfies(step -> assertThat(step).as("%s", step).returns(State.Succeeded, StepStatus::state));
        }
    }

    /** Of those that never say a word, as from a pod that somebody broke into. */
    @Test
    @ResourceLock(value = OperatorPod.LOCK, mode = ResourceAccessMode.READ) // which is to stay the same
    void idleConnectionsAreClosedAndTakeNothingFromTheOperator() {
        try (var work = TestNamespace.open("idle")) {
            var operator = OperatorPod.of(work).getMetadata().getUid();
            var flood = """
                    exec perl -MIO::Socket::INET -e '
                      push @all, IO::Socket::INET->new(PeerAddr => "hearth.hearth-system:443", Timeout => 5) for 1..3000;
                      exit(grep({defined} @all) < 256)'
                    """;
            work.until("a flood of connections", () -> phase(work, flood).filter("Succeeded"::equals));

            var meters = MetricsReader.of(work);
            assertThat(meters.sum("hearth_web_connections_refused_total")).isGreaterThan(1000);
            assertThat(meters.sum("hearth_web_connections")).isLessThanOrEqualTo(256);
            assertThat(OperatorPod.of(work).getMetadata().getUid()).isEqualTo(operator);
            assertThat(OperatorPod.of(work).getStatus().getContainerStatuses())
                    .allSatisfy(it -> assertThat(it.getState().getRunning()).isNotNull());
        }
    }

    @Test
    void eachPipelineHasAPolicyForEachTrustThatGoWithIt() {
        try (var work = TestNamespace.open("policy");
                var repository = work.repository()) {
            var commit = MinimalPipeline.push(repository);
            var pipeline = work.apply(MinimalPipeline.pipeline(
                    repository, "tasks: [{name: unit, image: busybox, command: [/bin/true]}]"));
            work.finishedRunOf(commit);
            work.finished(work.start("small", "refs/heads/main", commit));

            var policies = work.client()
                    .network()
                    .v1()
                    .networkPolicies()
                    .inNamespace(work.namespace())
                    .list()
                    .getItems();

            assertThat(policies).hasSize(2).allSatisfy(policy -> {
                assertThat(policy.getMetadata().getOwnerReferences())
                        .singleElement()
                        .satisfies(owner -> assertThat(owner.getUid())
                                .isEqualTo(pipeline.getMetadata().getUid()));
                assertThat(policy.getSpec().getEgress().getFirst().getTo())
                        .extracting(NetworkPolicyPeer::getIpBlock)
                        .filteredOn(Objects::nonNull)
                        .flatExtracting(IPBlock::getExcept)
                        .contains("169.254.0.0/16");
            });
            assertThat(policies).anySatisfy(policy -> {
                assertThat(policy.getSpec().getEgress().getFirst().getTo())
                        .extracting(NetworkPolicyPeer::getIpBlock)
                        .filteredOn(Objects::nonNull)
                        .flatExtracting(IPBlock::getExcept)
                        .contains(service(work.client()) + "/32", node(work.client()) + "/32");
            });

            work.client()
                    .resources(Pipeline.class)
                    .inNamespace(work.namespace())
                    .delete();
            work.until(
                    "the policies to go",
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

    /** The address of a service of somebody else. */
    private static String neighbour(TestNamespace work) {
        work.client()
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withNamespace(work.namespace())
                        .withName("neighbour")
                        .addToLabels("app", "neighbour")
                        .endMetadata()
                        .withNewSpec()
                        .addNewContainer()
                        .withName("main")
                        .withImage("debian:bookworm-slim")
                        .withImagePullPolicy("IfNotPresent")
                        .withCommand(
                                "perl",
                                "-MIO::Socket::INET",
                                "-e",
                                "$s = IO::Socket::INET->new(Listen => 9, LocalPort => 7070) or die;"
                                        + " close $c while $c = $s->accept")
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
        return work.client()
                .resource(new ServiceBuilder()
                        .withNewMetadata()
                        .withNamespace(work.namespace())
                        .withName("neighbour")
                        .endMetadata()
                        .withNewSpec()
                        .addToSelector("app", "neighbour")
                        .addNewPort()
                        .withPort(7070)
                        .endPort()
                        .endSpec()
                        .build())
                .create()
                .getSpec()
                .getClusterIP();
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
    private static Optional<String> phase(TestNamespace work, String script) {
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

    /** What the kubelet pulls the images of a run's pods with. */
    private static List<String> pullSecrets(TestNamespace work, PipelineRun run) {
        return work.podsOf(run).stream()
                .flatMap(pod -> pod.getSpec().getImagePullSecrets().stream())
                .map(LocalObjectReference::getName)
                .toList();
    }
}
