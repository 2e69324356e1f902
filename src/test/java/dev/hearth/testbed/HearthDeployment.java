package dev.hearth.testbed;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Hearth as a Deployment in a cluster, installed from manifests/install with the image of the code under test. */
public final class HearthDeployment {
    public static final String NAMESPACE = "hearth-system";
    public static final String DEPLOYMENT = "hearth";

    /** As pods name the registry that is there for tests; it speaks plain HTTP and lets everybody in. */
    public static final String REGISTRY = "registry.fixtures:5000";

    /** Seconds between two looks for orphans. */
    public static final int SWEEPS = 15;

    private static final String IMAGE = "hearth/operator";

    private HearthDeployment() {}

    /** The one in the cluster that all tests share, with git server and registry beside it. */
    public static Cluster shared() {
        return Shared.CLUSTER;
    }

    private static final class Shared {
        static final Cluster CLUSTER = Cluster.shared();

        /** No pod waits for a run, unless a test has a policy that says so: tests look at volumes that nobody uses. */
        private static final String COLD = """
                apiVersion: hearth.dev/v1alpha1
                kind: CachePolicy
                metadata: {name: tests}
                spec: {default: true, keepWarm: {trusted: 0s, untrusted: 0s}}
                """;

        static {
            install(CLUSTER);
            CLUSTER.client().resource(COLD).forceConflicts().serverSideApply();
        }
    }

    /** Builds the image, gives it to the node, applies the manifests and waits until the operator is ready. */
    public static void install(Cluster cluster) {
        var image = Optional.ofNullable(System.getenv("HEARTH_OPERATOR_IMAGE")).orElseGet(() -> build(cluster));
        if ("pulled".equals(System.getenv("HEARTH_TESTBED"))) {
            cluster.load("hearth/git-server:latest");
        }
        AgentImages.load(cluster, AgentImages.BUILD, AgentImages.ROOTLESS);
        for (HasMetadata resource : load(cluster, Path.of("manifests/install/hearth.yaml"))) {
            cluster.client()
                    .resource(adapted(resource, image, reachable(cluster)))
                    .forceConflicts()
                    .serverSideApply();
        }
        for (HasMetadata fixture : load(cluster, Path.of("manifests/samples/fixtures/git-and-registry.yaml"))) {
            if (cluster.node().isPresent()) {
                GitRepository.open(fixture);
            }
            cluster.client().resource(fixture).forceConflicts().serverSideApply();
        }
        ready(cluster, NAMESPACE, DEPLOYMENT);
        ready(cluster, "fixtures", "git");
        ready(cluster, "fixtures", "registry");
        cluster.pullsFrom(REGISTRY, address(cluster));
    }

    private static String address(Cluster cluster) {
        var service = cluster.client()
                .services()
                .inNamespace("fixtures")
                .withName("registry")
                .require();
        return service.getSpec().getClusterIP() + ":" + REGISTRY.split(":", 2)[1];
    }

    /** An administrator whom admission takes for the operator: it lets nobody else touch what is Hearth's. */
    public static KubernetesClient operator(Cluster cluster) {
        return cluster.as("system:serviceaccount:" + NAMESPACE + ":" + DEPLOYMENT, "system:masters");
    }

    private static String build(Cluster cluster) {
        var image = IMAGE + ":" + System.currentTimeMillis();
        Command.run("src/main/docker/build", image);
        cluster.load(image);
        return image;
    }

    private static void ready(Cluster cluster, String namespace, String deployment) {
        cluster.client()
                .apps()
                .deployments()
                .inNamespace(namespace)
                .withName(deployment)
                .waitUntilCondition(HearthDeployment::isRolledOut, 2, TimeUnit.MINUTES);
    }

    private static boolean isRolledOut(Deployment deployment) {
        var status = deployment == null ? null : deployment.getStatus();
        return status != null
                && deployment.getMetadata().getGeneration().equals(status.getObservedGeneration())
                && Integer.valueOf(1).equals(status.getUpdatedReplicas())
                && Integer.valueOf(1).equals(status.getAvailableReplicas())
                && Integer.valueOf(1).equals(status.getReplicas());
    }

    private static List<HasMetadata> load(Cluster cluster, Path manifests) {
        try (InputStream stream = Files.newInputStream(manifests)) {
            return cluster.client().load(stream).items();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The ranges of the mirror and of this machine, where tests have servers of their own. */
    private static String reachable(Cluster cluster) {
        return Stream.concat(
                        Cluster.MIRROR.map(it -> it.replace(":", "/32:")).stream(),
                        cluster.host().map(it -> it.getHostAddress() + "/32").stream())
                .collect(Collectors.joining(","));
    }

    /** The image that was just built, and the registries of this cluster. */
    private static HasMetadata adapted(HasMetadata resource, String image, String reachable) {
        if (resource instanceof Deployment deployment
                && deployment.getMetadata().getName().equals(DEPLOYMENT)) {
            var pod = deployment.getSpec().getTemplate();
            pod.getSpec().getContainers().getFirst().setImage(image);
        }
        if (resource instanceof ConfigMap config && config.getData() != null) {
            var insecure = "hearth.registries.insecure=" + REGISTRY
                    + Cluster.MIRROR.map(it -> "," + it).orElse("");
            var mirror = Cluster.MIRROR
                    .map(it -> "hearth.registries.mirrors.\"docker.io\"=" + it + "\n")
                    .orElse("");
            config.getData()
                    .merge(
                            "application.properties",
                            mirror + insecure
                                    + "\nhearth.network.untrusted.allow.namespaces=fixtures"
                                    + "\nhearth.network.untrusted.allow.ranges=" + reachable
                                    // So that every test is one of orphans, too.
                                    + "\nhearth.sweep.interval=" + SWEEPS + "s\n",
                            String::concat);
        }
        return resource;
    }
}
