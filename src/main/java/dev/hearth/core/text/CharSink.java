package dev.hearth.core.text;

import java.io.IOException;

/** Takes a text character by character, so that a long one never has to be in memory as a whole. */
public interface CharSink {
    void put(char c) throws IOException;

    /** Says that the text is over; what was held back to see how it goes on comes out. */
    void end() throws IOException;

    /** Puts all of a text and ends it. */
    default void putAll(CharSequence text) throws IOException {
        for (int at = 0; at < text.length(); at++) {
            put(text.charAt(at));
        }
        end();
    }
}
