package dev.hearth.controlplane;

import dev.hearth.controlplane.ApiProxy.Answer;
import dev.hearth.git.GitServer;
import dev.hearth.testbed.Cluster;
import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** An API server, a fake kubelet and one operator, which tests of this JVM share, each in a namespace of its own. */
public final class FakeCluster {
    /** Held by each test that has the cluster {@link #apart} for itself. */
    public static final String APART = "dev.hearth.controlplane.apart";

    private final Cluster cluster;
    private final FakeKubelet kubelet;
    private final GitServer git;
    private final ApiProxy proxy;
    private final OperatorProcess operator;

    private FakeCluster(Cluster cluster, FakeKubelet kubelet, GitServer git, ApiProxy proxy, OperatorProcess operator) {
        this.cluster = cluster;
        this.kubelet = kubelet;
        this.git = git;
        this.proxy = proxy;
        this.operator = operator;
    }

    private static final class Shared {
        static final FakeCluster CLUSTER = start("loops");
    }

    private static final class Apart {
        static final FakeCluster CLUSTER = start("loops-apart");
    }

    /** The one of all tests. Started for the first that asks, gone with the JVM. Fails if the operator has ended. */
    static FakeCluster shared() {
        Shared.CLUSTER.operator.checkAlive();
        return Shared.CLUSTER;
    }

    /** One of which a test may kill the operator, or count all requests. */
    static FakeCluster apart() {
        Apart.CLUSTER.operator.checkAlive();
        return Apart.CLUSTER;
    }

    private static FakeCluster start(String name) {
        try {
            var plane = ControlPlane.start();
            var config = Config.fromKubeconfig(Files.readString(plane.kubeconfig()));
            var proxy = ApiProxy.start(config);
            var kubelet = new FakeKubelet(plane.client());
            proxy.answer(request -> request.resource().equals("pods/log")
                    ? Optional.of(
                            kubelet.isSilent(request.namespace(), request.name())
                                    ? Answer.NEVER
                                    : Answer.text(kubelet.log(request.namespace(), request.name())
                                            .orElse("")))
                    : Optional.empty());
            var folder = Files.createDirectories(Path.of("target", name).toAbsolutePath());
            var kubeconfig = folder.resolve("kubeconfig");
            proxy.writeKubeconfig(kubeconfig);
            var operator = OperatorProcess.once(
                    kubeconfig,
                    Files.createTempDirectory(folder, "operator"),
                    Map.of(
                            "HEARTH_SWEEP_INTERVAL", "2s",
                            "HEARTH_IMAGE_PULL_PATIENCE", "1s"));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(operator, plane)));
            return new FakeCluster(
                    new Cluster(plane.client(), plane.kubeconfig(), Optional.empty()),
                    kubelet,
                    GitServer.start(),
                    proxy,
                    operator);
        } catch (IOException e) {
            throw new IllegalStateException("the cluster of the loops does not start", e);
        }
    }

    private static void end(OperatorProcess operator, ControlPlane plane) {
        operator.destroy();
        try {
            plane.close();
        } catch (IOException e) {
            System.err.println("the control plane of the loops does not end: " + e);
        }
    }

    Cluster cluster() {
        return cluster;
    }

    FakeKubelet kubelet() {
        return kubelet;
    }

    GitServer git() {
        return git;
    }

    ApiProxy proxy() {
        return proxy;
    }

    /** Returns the end of the operator's log, and that it has ended if it has. */
    Stream<String> operatorLog() {
        return operator.lastWords().lines();
    }

    OperatorProcess operator() {
        return operator;
    }

    /** How often a controller has finished a reconciliation. */
    double reconciliations(String controller) {
        return sum("reconciliations_execution_duration_seconds_count", "controller_name", controller);
    }

    /** Of all series of a meter that have a label. */
    double sum(String meter, String label, String value) {
        return meters().lines()
                .filter(line -> line.startsWith(meter + "{") && line.contains(label + "=\"" + value + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** As Prometheus asks: with an upgrade to HTTP/2, for which Java's client asks otherwise, an answer got lost once. */
    private String meters() {
        try (var http = HttpClient.newBuilder().version(Version.HTTP_1_1).build()) {
            var address = URI.create("http://127.0.0.1:" + operator.managementPort() + "/q/metrics");
            return http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
