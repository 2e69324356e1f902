package dev.hearth.buildkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;

/** The scripts that Hearth's containers run. They are resources of the program. */
public enum ContainerScript {
    /** Seeds a cache volume, runs the daemon on it, repairs the volume if the daemon cannot start, and seals it. */
    DAEMON("volume.sh", "daemon.sh"),
    /** Runs a solve, and repeats it if it failed for a reason outside of the Dockerfile. */
    SOLVE("artifact.sh", "solve.sh"),
    /** Copies a generation with its layers from one volume to another. */
    COPY("copy.sh"),
    /** Fetches a commit with credentials. */
    FETCH("fetch.sh"),
    /** Serves the fetched commit. */
    SERVE("serve.sh"),
    /**
     * Prepares an empty volume so that {@link #DAEMON}, in the same shell, uses every kernel feature that a build uses.
     */
    PREFLIGHT("preflight.sh"),
    /** Builds a small image with the daemon of a preflight. */
    CHECK("check.sh"),
    /** Defines the function that computes the digest and size of an artifact. */
    ARTIFACT("artifact.sh"),
    /** Collects a task's reports and artifact. */
    COLLECT("artifact.sh", "/dev/hearth/pod/keep.sh"),
    /** Restores task caches and measures them, on Linux. */
    TASK_CACHE_LINUX("/dev/hearth/pod/cache.sh"),
    /** Restores task caches and measures them, on Windows. */
    TASK_CACHE_WINDOWS("/dev/hearth/pod/cache.ps1");

    private final String text;

    ContainerScript(String... names) {
        this.text = Arrays.stream(names).map(ContainerScript::read).collect(Collectors.joining());
    }

    private static String read(String name) {
        try (var in = Objects.requireNonNull(ContainerScript.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String text() {
        return text;
    }
}
