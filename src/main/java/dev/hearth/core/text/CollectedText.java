package dev.hearth.core.text;

import java.io.IOException;
import java.io.UncheckedIOException;

/** The end of a chain of sinks where the text is short. */
final class CollectedText implements CharSink {
    private final StringBuilder text = new StringBuilder();

    @Override
    public void put(char c) {
        text.append(c);
    }

    @Override
    public void end() {}

    /** Sends a text through a chain that ends here. */
    void of(CharSink chain, String input) {
        try {
            chain.putAll(input);
        } catch (IOException e) {
            throw new UncheckedIOException("memory alone is written to", e);
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
