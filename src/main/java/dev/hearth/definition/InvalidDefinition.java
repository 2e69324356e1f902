package dev.hearth.definition;

import org.jspecify.annotations.Nullable;

/** A definition has a mistake. The message says what is wrong and what to do. */
public final class InvalidDefinition extends Exception {
    private final @Nullable Integer line;

    InvalidDefinition(@Nullable Integer line, String message) {
        super(message);
        this.line = line;
    }

    /** Returns the line of the mistake, from 1. Null if the file as a whole is wrong. */
    public @Nullable Integer line() {
        return line;
    }
}
