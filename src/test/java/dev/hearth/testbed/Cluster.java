package dev.hearth.testbed;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A running Kubernetes cluster: one node in a container, or the one that {@code HEARTH_KUBECONFIG} names.
 *
 * @param kubeconfig the file by which others, such as helm, reach it as administrator
 * @param node the container, absent if the cluster is not ours
 */
public record Cluster(KubernetesClient client, Path kubeconfig, Optional<K3sContainer> node) {

    /** What BuildKit asks for images of docker.io instead, where the node carries them because none can be pulled. */
    public static final Optional<String> MIRROR =
            "built".equals(System.getenv("HEARTH_TESTBED")) ? Optional.of("10.42.0.1:5000") : Optional.empty();

    /** For programs in Go of a cluster that lives for minutes: memory is there, and their garbage collector costs time. */
    public static final Map<String, String> FEWER_COLLECTIONS = Map.of("GOGC", "400");

    /** How long tests wait for an answer of an API server, which shares its machine with all that they start. */
    public static final int REQUEST_MILLIS = 60_000;

    /** The port of a node of ours that this machine reaches without the API server: for one Service of type NodePort. */
    static final int NODE_PORT = 30418;

    /** Where the node's containerd looks for how registries are reached: that of the built node and of rancher/k3s. */
    private static final List<String> CERTIFICATES =
            List.of("/etc/node/certs.d", "/var/lib/rancher/k3s/agent/etc/containerd/certs.d");

    /** The one that all tests of this JVM share; started for the first that asks, gone with the JVM. */
    public static Cluster shared() {
        return Shared.CLUSTER;
    }

    private static final class Shared {
        static final Cluster CLUSTER = start("tests");

        static {
            CLUSTER.node.ifPresent(node -> Runtime.getRuntime().addShutdownHook(new Thread(node::stop)));
        }
    }

    /**
     * The demo's: outlives the JVM until src/testbed/stop, so that a second start finds the first one's.
     */
    public static Cluster demo() {
        return start("demo");
    }

    private static Cluster start(String name) {
        var existing = System.getProperty("HEARTH_KUBECONFIG", System.getenv("HEARTH_KUBECONFIG"));
        if (existing != null) {
            var kubeconfig = Path.of(existing);
            return new Cluster(connect(read(kubeconfig)), kubeconfig, Optional.empty());
        }
        var image = Optional.ofNullable(System.getenv("HEARTH_NODE_IMAGE"))
                .orElseThrow(() -> new IllegalStateException(
                        "HEARTH_NODE_IMAGE is not set: run src/testbed/prepare, then `. target/testbed.env`"));
        var node = new K3sContainer(DockerImageName.parse(image).asCompatibleSubstituteFor("rancher/k3s"))
                .withEnv(FEWER_COLLECTIONS)
                .withLabel("dev.hearth.testbed", name) // src/testbed/stop looks for it
                .withReuse(name.equals("demo"))
                .withStartupTimeout(Duration.ofMinutes(3));
        node.addExposedPort(NODE_PORT);
        node.start();
        var kubeconfig = Path.of("target", name + ".kubeconfig").toAbsolutePath();
        write(kubeconfig, node.getKubeConfigYaml());
        return new Cluster(connect(node.getKubeConfigYaml()), kubeconfig, Optional.of(node));
    }

    /** Where this machine reaches {@link #NODE_PORT}, as host:port; of a cluster that is not ours nothing is known. */
    Optional<String> nodePort() {
        return node.map(container -> container.getHost() + ":" + container.getMappedPort(NODE_PORT));
    }

    /** This machine as pods reach it; of a cluster that is not ours nothing is known. */
    public Optional<InetAddress> host() {
        return node.map(container ->
                        container.getContainerInfo().getNetworkSettings().getNetworks())
                .flatMap(networks -> networks.values().stream().findFirst())
                .map(network -> InetAddress.ofLiteral(network.getGateway()));
    }

    private static KubernetesClient connect(String kubeconfig) {
        var config = Config.fromKubeconfig(kubeconfig);
        config.setRequestTimeout(REQUEST_MILLIS);
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    /** A client with the rights of somebody else, and of groups that are named besides. */
    public KubernetesClient as(String user, String... groups) {
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(client.getConfiguration())
                        .withImpersonateUsername(user)
                        .withImpersonateGroups(groups)
                        .build())
                .build();
    }

    /** A namespace of its own, named after what it is for. */
    public Namespace namespace(String purpose) {
        var created = client.namespaces()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withGenerateName(purpose + "-")
                        .endMetadata()
                        .build())
                .create();
        return new Namespace(created.getMetadata().getName(), client);
    }

    /**
     * Makes an image of the Docker engine known to the node under the same name; pods need an imagePullPolicy other
     * than Always. Does nothing for a cluster that is not ours.
     */
    public void load(String image) {
        // By Docker's own program: through this JVM, hundreds of megabytes take half a minute of its time.
        node.ifPresent(container -> Command.run(
                "bash",
                "-o",
                "pipefail",
                "-c",
                "docker save \"$0\" | docker exec -i \"$1\" ctr -n k8s.io images import --local -",
                image,
                container.getContainerId()));
    }

    /**
     * Has the node pull from a registry in the cluster, whose name only pods resolve and which speaks plain HTTP. Does
     * nothing for a cluster that is not ours.
     */
    public void pullsFrom(String registry, String address) {
        node.ifPresent(container -> {
            var hosts = """
                    server = "http://%1$s"
                    [host."http://%1$s"]
                    capabilities = ["pull", "resolve"]
                    """.formatted(address);
            for (String folder : CERTIFICATES) {
                container.copyFileToContainer(Transferable.of(hosts), folder + "/" + registry + "/hosts.toml");
            }
        });
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A namespace that a test has for itself; closing it has it deleted, without waiting. */
    public record Namespace(String name, KubernetesClient client) implements AutoCloseable {

        /** Lets it admit only pods that keep to a level of Pod Security. */
        public void enforce(String level) {
            client.namespaces()
                    .withName(name)
                    .edit(namespace -> namespace
                            .edit()
                            .editMetadata()
                            .addToLabels("pod-security.kubernetes.io/enforce", level)
                            .endMetadata()
                            .build());
        }

        @Override
        public void close() {
            client.namespaces().withName(name).delete();
        }
    }
}
