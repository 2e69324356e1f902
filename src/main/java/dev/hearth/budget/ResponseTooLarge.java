package dev.hearth.budget;

import java.io.IOException;

/**
 * A server sent an answer that is larger than the limit. Another call gets the same answer until its data becomes
 * smaller.
 */
public final class ResponseTooLarge extends IOException {
    public ResponseTooLarge(String message) {
        super(message);
    }
}
