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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;

/**
 * What a start of the operator costs and what it then holds: the files of the image that was built last, as a process beside
 * an API server without pipelines. Compares starts with the image's ahead-of-time cache to starts without it, which take
 * turns, so that both see the same machine. Prints medians of the time until it is ready and of the CPU time until then, and
 * the resident memory of the last operator of each kind once it is idle.
 */
public final class StartBench {
    private static final int ROUNDS = 3;
    /** Long enough for IdleHeap to see a minute without work after the start. */
    private static final Duration IDLE = Duration.ofSeconds(150);

    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final Duration LOOK = Duration.ofMillis(10);
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final Path IMAGE = Path.of("target", "image").toAbsolutePath();

    private StartBench() {}

    private record Figures(long readyMillis, long cpuMillis, long residentMebibytes) {
        @Override
        public String toString() {
            return "ready after %d ms (CPU %d ms), %d MiB".formatted(readyMillis, cpuMillis, residentMebibytes);
        }
    }

    /** Takes no arguments. */
    @SuppressWarnings("IllegalCatch") // Maven would wait forever for threads of the client
    public static void main(String[] arguments) {
        try {
            compare();
            System.exit(0);
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static void compare() throws IOException, InterruptedException {
        try (var plane = ControlPlane.start()) {
            var cached = new ArrayList<Figures>();
            var uncached = new ArrayList<Figures>();
            for (int round = 0; round < ROUNDS; round++) {
                var idle = round == ROUNDS - 1 ? IDLE : Duration.ZERO;
                // Without "on" the JVM would ignore a cache that it cannot use.
                cached.add(measure(plane, idle, "-XX:AOTMode=on", "-XX:AOTCache=" + IMAGE.resolve("hearth.aot")));
                uncached.add(measure(plane, idle, "-XX:AOTMode=off"));
            }
            report(cached, uncached);
        }
    }

    private static Figures measure(ControlPlane plane, Duration idle, String... options)
            throws IOException, InterruptedException {
        plane.client().leases().inNamespace("default").withName("hearth").delete();
        var port = freePort();
        var began = Instant.now();
        var folder = Files.createTempDirectory("operator");
        var process = start(plane, folder, port, options);
        try {
            while (!isReady(port)) {
                if (!process.isAlive() || Duration.between(began, Instant.now()).compareTo(LONGEST) > 0) {
                    throw new IllegalStateException("the operator does not become ready");
                }
                Thread.sleep(LOOK);
            }
            var ready = Duration.between(began, Instant.now());
            var cpu = process.info().totalCpuDuration().orElseThrow();
            Thread.sleep(idle);
            return new Figures(ready.toMillis(), cpu.toMillis(), resident(process));
        } finally {
            process.destroyForcibly().waitFor();
            FileUtils.deleteDirectory(folder.toFile());
        }
    }

    /** Starts it with the environment of a pod. */
    private static Process start(ControlPlane plane, Path folder, int port, String... options) throws IOException {
        var account = plane.client().getConfiguration();
        var server = URI.create(account.getMasterUrl());
        var command = Stream.of(
                        Stream.of(
                                IMAGE.resolve("runtime/bin/java").toString(),
                                "@" + IMAGE.resolve("jvm.options"),
                                "-Xmx300m"),
                        Stream.of(options),
                        Stream.of("-jar", IMAGE.resolve("app/quarkus-run.jar").toString()))
                .flatMap(Function.identity())
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
        return builder.start();
    }

    private static boolean isReady(int port) throws InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/q/health/ready"))
                .build();
        try (var http = HttpClient.newHttpClient()) {
            return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException _) {
            return false; // it does not listen yet
        }
    }

    private static long resident(Process process) throws IOException {
        var status = RESIDENT.matcher(Files.readString(Path.of("/proc", String.valueOf(process.pid()), "status")));
        if (!status.find()) {
            throw new IllegalStateException("the operator has ended");
        }
        return Long.parseLong(status.group(1)) / 1024;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void report(List<Figures> cached, List<Figures> uncached) {
        var ours = median(cached);
        var reference = median(uncached);
        System.out.printf(
                "operator, start to ready (%d rounds each) and idle: %s; without the ahead-of-time cache %s; ratio of times %.2f,"
                        + " of CPU times %.2f, of memory %.2f%n",
                ROUNDS,
                ours,
                reference,
                (double) ours.readyMillis() / reference.readyMillis(),
                (double) ours.cpuMillis() / reference.cpuMillis(),
                (double) ours.residentMebibytes() / reference.residentMebibytes());
    }

    private static Figures median(List<Figures> all) {
        return new Figures(
                median(all.stream().map(Figures::readyMillis)),
                median(all.stream().map(Figures::cpuMillis)),
                all.getLast().residentMebibytes());
    }

    private static long median(Stream<Long> figures) {
        return figures.sorted().toList().get(ROUNDS / 2);
    }
}
