package dev.hearth.budget;

import java.io.IOException;

/** A server sent more than one answer may have. Asking again does not help; what the server has must become less. */
public final class ResponseTooLarge extends IOException {
    public ResponseTooLarge(String message) {
        super(message);
    }
}
