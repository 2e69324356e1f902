package dev.hearth.controlplane;

import static org.awaitility.Awaitility.await;

import dev.hearth.testbed.Cluster;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * etcd, API server and controller manager as processes of this machine. They start in half of the time that a container
 * takes, and end with this JVM, however it ends.
 */
final class LocalControlPlane implements Closeable {
    private static final Duration LONGEST = Duration.ofMinutes(1);
    private static final Random RANDOM = new Random();
    private static final Duration POLL = Duration.ofMillis(50);

    /** Ends a command once the JVM closes its end of the pipe, or is gone, or all of them are told to end. */
    private static final String UNTIL_CLOSED = "trap : TERM INT; \"$@\" & read -r _; kill -9 $!";

    private final Path folder;
    private final List<Process> processes = new ArrayList<>();
    private final Path kubeconfig;

    private LocalControlPlane(Path folder) {
        this.folder = folder;
        this.kubeconfig = folder.resolve("kubeconfig");
    }

    /** Empty where the testbed has built no binaries for this machine. */
    static Optional<LocalControlPlane> start() throws IOException {
        var etcd = onPath("etcd");
        var kube = onPath("kube");
        if (etcd.isEmpty() || kube.isEmpty()) {
            return Optional.empty();
        }
        var plane = new LocalControlPlane(Files.createTempDirectory("control-plane"));
        try {
            plane.start(etcd.get(), kube.get());
        } catch (IOException | RuntimeException e) {
            plane.end(); // the logs stay
            throw e;
        }
        return Optional.of(plane);
    }

    /** Of an administrator. */
    Path kubeconfig() {
        return kubeconfig;
    }

    private void start(Path etcd, Path kube) throws IOException {
        var accounts = writeKey(folder.resolve("accounts.key"));
        var tokens = Files.writeString(
                folder.resolve("tokens.csv"), "administrator,administrator,administrator,system:masters\n");
        var database = "http://127.0.0.1:" + freePort();
        var peers = "http://127.0.0.1:" + freePort();
        var port = freePort();
        run(
                etcd,
                "--data-dir",
                folder.resolve("etcd").toString(),
                "--unsafe-no-fsync",
                "--log-level=warn",
                "--listen-client-urls",
                database,
                "--advertise-client-urls",
                database,
                "--listen-peer-urls",
                peers);
        run(
                kube,
                "apiserver",
                "--etcd-servers",
                database,
                "--bind-address=127.0.0.1",
                "--advertise-address=192.0.2.1", // must be no loopback address, and nobody connects to it
                "--secure-port=" + port,
                "--cert-dir=" + folder.resolve("certificates"),
                "--service-cluster-ip-range=10.43.0.0/16",
                "--authorization-mode=RBAC",
                "--allow-privileged",
                "--kubelet-preferred-address-types=InternalIP", // else it looks up the name of a node that is none
                "--token-auth-file=" + tokens,
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-signing-key-file=" + accounts,
                "--service-account-key-file=" + accounts);
        Files.writeString(kubeconfig, kubeconfig(port));
        try (var client = connect()) {
            await("the API server to be ready, as its log in " + folder + " tells")
                    .atMost(LONGEST)
                    .pollInterval(POLL)
                    .until(() -> isReady(client));
            run(
                    kube,
                    "controller-manager",
                    "--kubeconfig=" + kubeconfig,
                    "--leader-elect=false",
                    "--secure-port=0", // its own port is the same for all, and nobody asks it
                    "--service-account-private-key-file=" + accounts);
            await("the controllers to work")
                    .atMost(LONGEST)
                    .pollInterval(POLL)
                    .until(() -> client.serviceAccounts()
                                    .inNamespace("default")
                                    .withName("default")
                                    .get()
                            != null);
        }
    }

    private KubernetesClient connect() throws IOException {
        var config = Config.fromKubeconfig(Files.readString(kubeconfig));
        config.setRequestRetryBackoffLimit(0); // who asks here asks again by himself
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    private static boolean isReady(KubernetesClient client) {
        try {
            return "ok".equals(client.raw("/readyz"));
        } catch (KubernetesClientException e) {
            return false;
        }
    }

    private void run(Path command, String... arguments) throws IOException {
        var all = Stream.concat(Stream.of("sh", "-c", UNTIL_CLOSED, "sh", command.toString()), Stream.of(arguments));
        var log = folder.resolve(processes.size() + ".log").toFile();
        var builder = new ProcessBuilder(all.toList()).redirectErrorStream(true).redirectOutput(log);
        builder.environment().putAll(Cluster.FEWER_COLLECTIONS);
        processes.add(builder.start());
    }

    private static String kubeconfig(int port) {
        return """
                apiVersion: v1
                kind: Config
                clusters: [{name: local, cluster: {server: "https://127.0.0.1:%d", insecure-skip-tls-verify: true}}]
                users: [{name: administrator, user: {token: administrator}}]
                contexts: [{name: local, context: {cluster: local, user: administrator}}]
                current-context: local
                """.formatted(port);
    }

    private static Path writeKey(Path file) throws IOException {
        try {
            var generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            var encoded = Base64.getMimeEncoder(64, new byte[] {'\n'})
                    .encodeToString(generator.generateKeyPair().getPrivate().getEncoded());
            return Files.writeString(file, "-----BEGIN PRIVATE KEY-----\n" + encoded + "\n-----END PRIVATE KEY-----\n");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns a port below those that Linux gives to connections, of which one could otherwise take it before it is used. */
    private static int freePort() throws IOException {
        for (int tried = 0; tried < 100; tried++) {
            var port = RANDOM.nextInt(10_000, 30_000);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IOException("no free port found");
    }

    private static boolean isFree(int port) throws IOException {
        try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (BindException e) {
            return false;
        }
    }

    private static Optional<Path> onPath(String name) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private void end() throws IOException {
        for (Process process : processes.reversed()) {
            process.getOutputStream().close();
            process.onExit().join();
        }
    }

    @Override
    public void close() throws IOException {
        end();
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
