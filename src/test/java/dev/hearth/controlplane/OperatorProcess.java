package dev.hearth.controlplane;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionTimeoutException;

/**
 * The operator of the code under test as a process. One that is killed and started many times records an ahead-of-time cache
 * of its classes first, as the image has one.
 */
public final class OperatorProcess implements AutoCloseable {
    private static final Path APPLICATION = Path.of("target/quarkus-app/quarkus-run.jar");
    private static final String CACHE = "operator.aot";
    private static final String NO_CACHE = "-Xshare:auto";
    private static final String LEADING = "\"message\":\"this replica is the leader\"";
    private static final String LEASE_LOST = "this replica lost the lease";
    private static final Pattern MANAGEMENT = Pattern.compile("Management interface listening on http://[^:]+:(\\d+)");
    private static final Pattern WEB = Pattern.compile("Listening on: https://[^:]+:(\\d+)");
    private static final int LAST_LINES = 20;
    private static final int FAILED = 1;
    private static final Duration RESTART = Duration.ofSeconds(5);
    private static final Duration LOOK = Duration.ofMillis(20);
    /**
     * How long one may take to lead. It ends and begins again if the API server takes longer than ten seconds for an answer,
     * as it may while it and a node start on the same machine.
     */
    private static final long LONGEST_START = 240;
    /** One that records writes its cache when it ends, which takes a busy machine more than a minute. */
    private static final long LONGEST_END = 240;

    private final Path kubeconfig;
    private final Path folder;
    private final Path cache;
    private final Path log;
    private final Map<String, String> settings;
    private volatile Process process;
    /** Where in the log the output of this process begins. */
    private volatile long began;

    private OperatorProcess(Path kubeconfig, Path folder, Map<String, String> settings, String option)
            throws IOException {
        this.kubeconfig = kubeconfig;
        this.folder = folder;
        this.cache = folder.resolve(CACHE);
        this.log = Files.createFile(folder.resolve("operator.log"));
        this.settings = settings;
        this.process = begin(option);
    }

    /** Starts one that is not for killing: it records the ahead-of-time cache until {@link #end}. */
    public static OperatorProcess recording(Path kubeconfig, Path folder) throws IOException {
        return new OperatorProcess(kubeconfig, folder, Map.of(), "-XX:AOTCacheOutput=" + folder.resolve(CACHE));
    }

    /**
     * Starts one that keeps running. It leads when this returns.
     *
     * @param settings environment variables
     */
    static OperatorProcess once(Path kubeconfig, Path folder, Map<String, String> settings) throws IOException {
        var operator = new OperatorProcess(kubeconfig, folder, settings, NO_CACHE);
        operator.beginAfterFailure(0);
        operator.awaitLead(0);
        return operator;
    }

    /** Starts it again with the cache that was recorded. It leads when this returns. */
    public void start() throws IOException {
        began = Files.size(log);
        process = begin("-XX:AOTCache=" + cache);
        awaitLead(began);
    }

    /** Kills one that {@link #once} has started, and starts it again. It leads when this returns. */
    void restart() throws IOException, InterruptedException {
        kill();
        startAfterEnd();
    }

    /** Starts one again that {@link #once} has started and that has ended. It leads when this returns. */
    void startAfterEnd() throws IOException {
        began = Files.size(log);
        process = begin(NO_CACHE);
        beginAfterFailure(began);
        awaitLead(began);
    }

    long pid() {
        return process.pid();
    }

    /** Whether the process that runs now has won the lease. */
    boolean leads() {
        try {
            return hasSaid(LEADING, began);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lines of its log so far. */
    List<String> log() {
        try {
            return Files.readAllLines(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitLead(long before) {
        try {
            await("the operator to lead")
                    .pollDelay(Duration.ZERO)
                    .pollInterval(LOOK)
                    .atMost(Duration.ofSeconds(LONGEST_START))
                    .until(() -> hasSaid(LEADING, before));
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("the operator does not lead: " + lastWords(), e);
        }
    }

    /** Fails if it has ended by itself, and does not start again. */
    void checkAlive() {
        try {
            await().pollDelay(Duration.ZERO).atMost(RESTART).until(() -> process.isAlive());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("the operator ended by itself: " + lastWords(), e);
        }
    }

    /** Returns its state and the end of its log: whoever reads of a failure may not have the file. */
    String lastWords() {
        try {
            var lines = Files.readAllLines(log);
            return (process.isAlive()
                            ? "operator " + process.pid()
                            : "operator, ended with code " + process.exitValue())
                    + ", log " + log + ":\n"
                    + lines.stream()
                            .skip(Math.max(0, lines.size() - LAST_LINES))
                            .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /**
     * Starts it again, as a kubelet does, when it ends before it leads, as an API server that has just started makes it, or
     * has lost its lease, as it may on a busy machine. Whatever else ends it is a fault, which the next test reports.
     */
    private void beginAfterFailure(long from) {
        var _ = process.onExit().thenAccept(ended -> {
            try {
                if (ended.exitValue() == FAILED && (!hasSaid(LEADING, from) || hasSaid(LEASE_LOST, from))) {
                    System.out.println("starts again: " + lastWords());
                    began = Files.size(log);
                    process = begin(NO_CACHE);
                    beginAfterFailure(began);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Returns the port of its management interface, as its log tells. */
    int managementPort() throws IOException {
        return port(MANAGEMENT);
    }

    /** Returns the port on which it serves HTTPS, as its log tells. */
    int webPort() throws IOException {
        return port(WEB);
    }

    private int port(Pattern words) throws IOException {
        return words.matcher(Files.readString(log))
                .results()
                .reduce((_, later) -> later)
                .map(line -> Integer.parseInt(line.group(1)))
                .orElseThrow(() -> new IllegalStateException("the log names no port: see " + log));
    }

    /** As a node's lack of memory does it: without a word, at whatever point it is. */
    public void kill() throws InterruptedException {
        checkAlive();
        process.destroyForcibly().waitFor();
    }

    public void end() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(LONGEST_END, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the operator did not end within " + LONGEST_END + " s: see " + log);
        }
    }

    /** As {@link #kill}, for one that may have ended. */
    void destroy() {
        process.destroyForcibly();
    }

    /** Leaves its log, and not the cache, which is large. */
    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(cache);
    }

    private boolean hasSaid(String words, long after) throws IOException {
        try (var text = Files.newInputStream(log)) {
            text.skipNBytes(after);
            return new String(text.readAllBytes(), StandardCharsets.UTF_8).contains(words);
        }
    }

    private Process begin(String option) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                option,
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-jar",
                APPLICATION.toString()));
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        var environment = builder.environment();
        environment.put("KUBECONFIG", kubeconfig.toString());
        // As a container that is begun anew in its pod: the lease is its own still.
        environment.put("HOSTNAME", "hearth-0");
        environment.put("HEARTH_NAMESPACE", "default");
        environment.put("HEARTH_RESULTS_FOLDER", folder.resolve("results").toString());
        environment.put("HEARTH_BUILDKIT_ISOLATION", "UserNamespace");
        environment.put("HEARTH_NETWORK_LOOPBACK", "true");
        environment.put("QUARKUS_HTTP_SSL_PORT", "0");
        environment.put("QUARKUS_MANAGEMENT_PORT", "0");
        environment.putAll(settings);
        return builder.start();
    }
}
