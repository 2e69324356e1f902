package dev.hearth.buildkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;

/** The shell scripts of a build pod's containers, beside this class as resources. */
public enum DaemonScript {
    /** Brings a volume to its state, runs daemons on it, mends it where they cannot, seals what they leave. */
    DAEMON("volume.sh", "daemon.sh"),
    /** Runs a solve, again where the failure is none of the Dockerfile's. */
    SOLVE("artifact.sh", "solve.sh"),
    /** Copies a sealed generation, with its layers, from one volume to another. */
    COPY("copy.sh"),
    /** Fetches a commit with credentials. */
    FETCH("fetch.sh"),
    /** Serves what was fetched. */
    SERVE("serve.sh"),
    /** Prepares an empty volume so that DAEMON, run after it in the same shell, needs all that a build can need. */
    PREFLIGHT("preflight.sh"),
    /** Builds something small with that daemon. */
    CHECK("check.sh"),
    /** A function that tells the state of an artifact, for any shell. */
    ARTIFACT("artifact.sh");

    private final String text;

    DaemonScript(String... names) {
        this.text = Arrays.stream(names).map(DaemonScript::read).collect(Collectors.joining());
    }

    private static String read(String name) {
        try (var in = Objects.requireNonNull(DaemonScript.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String text() {
        return text;
    }
}
