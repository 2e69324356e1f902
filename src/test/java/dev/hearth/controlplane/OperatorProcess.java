package dev.hearth.controlplane;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The operator of the code under test as a process. Starts in a second instead of three: its jars, the same that the image
 * has, are on the class path of the JVM and their classes come from an ahead-of-time cache, which the class loader of
 * Quarkus's fast-jar would not use.
 */
public final class OperatorProcess implements AutoCloseable {
    private static final Path APPLICATION = Path.of("target/quarkus-app");
    private static final String LEADING = "\"message\":\"this replica is the leader\"";
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final long SECONDS = 60;

    private final Path kubeconfig;
    private final Path folder;
    private final Path cache;
    private final Path log;
    private final Path application;
    private final Map<String, String> settings;
    private Process process;

    /** The first one is not for killing: it records the cache until {@link #end}. */
    public OperatorProcess(Path kubeconfig, Path folder) throws IOException {
        this.kubeconfig = kubeconfig;
        this.folder = folder;
        this.cache = folder.resolve("operator.aot");
        this.log = folder.resolve("operator.log");
        this.settings = Map.of();
        this.application = application(folder.resolve("operator.jar"));
        this.process = begin("-XX:AOTCacheOutput=" + cache);
    }

    private OperatorProcess(Path kubeconfig, Path folder, Map<String, String> settings) throws IOException {
        this.kubeconfig = kubeconfig;
        this.folder = folder;
        this.cache = folder.resolve("operator.aot");
        this.log = folder.resolve("operator.log");
        this.settings = settings;
        this.application = application(folder.resolve("operator.jar"));
        this.process = begin("-Xshare:auto");
        awaitLead(0);
    }

    /**
     * One that is started once and acts when this returns.
     *
     * @param settings environment variables
     */
    static OperatorProcess once(Path kubeconfig, Path folder, Map<String, String> settings) throws IOException {
        return new OperatorProcess(kubeconfig, folder, settings);
    }

    /** Returns once it acts. */
    public void start() throws IOException {
        var before = Files.size(log);
        process = begin("-XX:AOTCache=" + cache);
        awaitLead(before);
    }

    private void awaitLead(long before) {
        await("the operator to lead, as its log " + log + " tells")
                .pollDelay(Duration.ZERO)
                .pollInterval(LOOK)
                .atMost(Duration.ofSeconds(SECONDS))
                .until(() -> !process.isAlive() || hasSaid(LEADING, before));
    }

    /** As a node's lack of memory does it: without a word, at whatever point it is. */
    public void kill() throws InterruptedException {
        if (!process.isAlive()) {
            throw new AssertionError(
                    "the operator ended by itself with exit code " + process.exitValue() + ": see " + log);
        }
        process.destroyForcibly().waitFor();
    }

    public void end() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the operator did not end within " + SECONDS + " s: see " + log);
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
                application.toString()));
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

    /** A jar of nothing but a manifest: that of the application, with all jars on the class path. */
    private static Path application(Path jar) throws IOException {
        var manifest = new Manifest();
        try (var original = new JarFile(APPLICATION.resolve("quarkus-run.jar").toFile())) {
            manifest.getMainAttributes().putAll(original.getManifest().getMainAttributes());
        }
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, "io.quarkus.runner.GeneratedMain");
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        jars().map(part -> part.toAbsolutePath().toUri().toString())
                                .collect(Collectors.joining(" ")));
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        return jar;
    }

    private static Stream<Path> jars() throws IOException {
        var jars = new ArrayList<Path>();
        for (String part : List.of("quarkus/transformed-bytecode.jar", "quarkus/generated-bytecode.jar")) {
            jars.add(APPLICATION.resolve(part));
        }
        for (String part : List.of("app", "lib/boot", "lib/main")) {
            try (Stream<Path> files = Files.list(APPLICATION.resolve(part))) {
                files.sorted().forEach(jars::add);
            }
        }
        return jars.stream();
    }
}
