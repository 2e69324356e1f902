package dev.hearth.core.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.UnaryOperator;

/** Takes a text character by character, so that a long text is never in memory as a whole. */
public interface CharSink {
    void put(char c) throws IOException;

    /** Ends the text. A filter passes on the characters that it has held back until it knew the next ones. */
    void end() throws IOException;

    /** Puts all characters of a text and ends it. */
    default void putAll(CharSequence text) throws IOException {
        for (int at = 0; at < text.length(); at++) {
            put(text.charAt(at));
        }
        end();
    }

    /**
     * Returns what a filter makes of a short text.
     *
     * @param filter returns a sink that passes its output on to the given one
     */
    static String filter(UnaryOperator<CharSink> filter, String text) {
        var result = new StringBuilder();
        var memory = new CharSink() {
            @Override
            public void put(char c) {
                result.append(c);
            }

            @Override
            public void end() {}
        };
        try {
            filter.apply(memory).putAll(text);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return result.toString();
    }
}
