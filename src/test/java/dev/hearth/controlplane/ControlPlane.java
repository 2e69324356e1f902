package dev.hearth.controlplane;

import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.ResourceDefinitions;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * An API server with its database and controllers, and no node: garbage collector, namespaces and claims are Kubernetes's
 * own. Apart from the cluster that other tests share, whose operator would see these pipelines too.
 *
 * @param kubeconfig of an administrator
 * @param server what ends the API server
 */
public record ControlPlane(KubernetesClient client, Path kubeconfig, Closeable server) implements AutoCloseable {
    /** The driver of the only storage class, which is the default one. */
    static final String STORAGE = "played.hearth.dev";

    /** The storage class. */
    static final String STORAGE_CLASS = "played";

    public static ControlPlane start() throws IOException {
        var local = LocalControlPlane.start();
        var plane = local.isPresent() ? of(local.get().kubeconfig(), local.get()) : container();
        plane.furnish();
        return plane;
    }

    private static ControlPlane container() throws IOException {
        var image = Optional.ofNullable(System.getenv("HEARTH_NODE_IMAGE"))
                .orElseThrow(() -> new IllegalStateException(
                        "HEARTH_NODE_IMAGE is not set: run src/testbed/prepare, then `. target/testbed.env`"));
        var container = new K3sContainer(DockerImageName.parse(image).asCompatibleSubstituteFor("rancher/k3s"));
        container
                .withCommand("server", "--disable-agent", "--tls-san=" + container.getHost())
                .withLabel("dev.hearth.testbed", "tests") // src/testbed/stop looks for it
                .waitingFor(Wait.forSuccessfulCommand("kubectl get serviceaccount default"))
                .withStartupTimeout(Duration.ofMinutes(3))
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(container::stop)); // whatever becomes of the test
        var kubeconfig = Files.createTempFile("control-plane", ".kubeconfig");
        Files.writeString(kubeconfig, container.getKubeConfigYaml());
        return of(kubeconfig, () -> {
            container.stop();
            Files.delete(kubeconfig);
        });
    }

    private static ControlPlane of(Path kubeconfig, Closeable server) throws IOException {
        var config = Config.fromKubeconfig(Files.readString(kubeconfig));
        config.setRequestTimeout(Cluster.REQUEST_MILLIS);
        return new ControlPlane(new KubernetesClientBuilder().withConfig(config).build(), kubeconfig, server);
    }

    private void furnish() throws IOException {
        try (var files = Files.list(Path.of("crds"))) {
            for (Path file : files.toList()) {
                define(file);
            }
        }
        client.resource(new StorageClassBuilder()
                        .withNewMetadata()
                        .withName(STORAGE_CLASS)
                        .addToAnnotations("storageclass.kubernetes.io/is-default-class", "true")
                        .endMetadata()
                        .withProvisioner(STORAGE)
                        .withReclaimPolicy("Delete")
                        .build())
                .create();
    }

    private void define(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            List<HasMetadata> definitions = client.load(stream).items();
            for (HasMetadata definition : definitions) {
                client.resource(definition).forceConflicts().serverSideApply();
                client.apiextensions()
                        .v1()
                        .customResourceDefinitions()
                        .withName(definition.getMetadata().getName())
                        .waitUntilCondition(ResourceDefinitions::isEstablished, 30, TimeUnit.SECONDS);
            }
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
    }
}
