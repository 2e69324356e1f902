package dev.hearth.pod;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Scripts of Hearth's own containers, which are resources beside this class. */
public final class ScriptResources {
    private ScriptResources() {}

    public static String text(String name) {
        try (InputStream in = Objects.requireNonNull(ScriptResources.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
