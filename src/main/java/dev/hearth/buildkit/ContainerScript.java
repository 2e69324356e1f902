package dev.hearth.buildkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;

/** The scripts that Hearth's containers run. They are resources of the program. */
public enum ContainerScript {
    /** Fetches a commit with credentials. */
    FETCH("fetch.sh"),
    /** Serves the fetched commit. */
    SERVE("serve.sh"),
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
