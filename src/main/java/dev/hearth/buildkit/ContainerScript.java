package dev.hearth.buildkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The scripts that Hearth's containers run. They are resources of the program. */
public enum ContainerScript {
    /** Fetches a commit with credentials. */
    FETCH("fetch.sh"),
    /** Serves the fetched commit. */
    SERVE("serve.sh");

    private final String text;

    ContainerScript(String name) {
        this.text = read(name);
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
