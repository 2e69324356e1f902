package dev.hearth.demo;

import dev.hearth.controlplane.ControlPlane;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;

/** The operator of the image that was built last, as a process beside an API server, with the memory and environment of a pod. */
final class ImageOperator implements AutoCloseable {
    private static final Path IMAGE = Path.of("target", "image").toAbsolutePath();

    /** Options with which it uses the image's cache. Without "on" the JVM would ignore a cache that it cannot use. */
    static final List<String> CACHED = List.of("-XX:AOTMode=on", "-XX:AOTCache=" + IMAGE.resolve("hearth.aot"));

    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final Duration LOOK = Duration.ofMillis(10);
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    private final Process process;
    private final Path folder;
    private final int port;

    private ImageOperator(Process process, Path folder, int port) {
        this.process = process;
        this.folder = folder;
        this.port = port;
    }

    /**
     * Starts it.
     *
     * @param settings further environment variables
     * @param options of the JVM
     */
    static ImageOperator start(ControlPlane plane, Map<String, String> settings, List<String> options)
            throws IOException {
        var port = freePort();
        var folder = Files.createTempDirectory("operator");
        var account = plane.client().getConfiguration();
        var server = URI.create(account.getMasterUrl());
        var command = Stream.of(
                        List.of(
                                IMAGE.resolve("runtime/bin/java").toString(),
                                "@" + IMAGE.resolve("jvm.options"),
                                "-Xmx300m"),
                        options,
                        List.of("-jar", IMAGE.resolve("app/quarkus-run.jar").toString()))
                .flatMap(List::stream)
                .toList();
        var builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile());
        var environment = builder.environment();
        environment.remove("KUBECONFIG");
        environment.put("HEARTH_NAMESPACE", "default");
        environment.putAll(Map.of(
                "HOME", folder.toString(),
                "HOSTNAME", "hearth-0",
                "MALLOC_ARENA_MAX", "2", // as the image has it
                "KUBERNETES_SERVICE_HOST", server.getHost(),
                "KUBERNETES_SERVICE_PORT", String.valueOf(server.getPort()),
                "KUBERNETES_AUTH_SERVICEACCOUNT_TOKEN",
                        Files.writeString(folder.resolve("token"), account.getAutoOAuthToken())
                                .toString(),
                "KUBERNETES_TRUST_CERTIFICATES", "true",
                "HEARTH_RESULTS_FOLDER", folder.resolve("results").toString(),
                "QUARKUS_HTTP_SSL_PORT", "0",
                "QUARKUS_MANAGEMENT_PORT", String.valueOf(port)));
        environment.putAll(settings);
        return new ImageOperator(builder.start(), folder, port);
    }

    void awaitReady() throws InterruptedException {
        var began = Instant.now();
        while (!isReady()) {
            if (!process.isAlive() || Duration.between(began, Instant.now()).compareTo(LONGEST) > 0) {
                throw new IllegalStateException("the operator does not become ready");
            }
            Thread.sleep(LOOK);
        }
    }

    private boolean isReady() throws InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/q/health/ready"))
                .build();
        try (var http = HttpClient.newHttpClient()) {
            return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException _) {
            return false; // it does not listen yet
        }
    }

    Duration cpuTime() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    long residentMebibytes() throws IOException {
        var status = RESIDENT.matcher(Files.readString(Path.of("/proc", String.valueOf(process.pid()), "status")));
        if (!status.find()) {
            throw new IllegalStateException("the operator has ended");
        }
        return Long.parseLong(status.group(1)) / 1024;
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        process.onExit().join();
        FileUtils.deleteDirectory(folder.toFile());
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
