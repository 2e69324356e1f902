package dev.hearth.results;

import java.io.IOException;

/** A file was not stored because a limit is reached. Trying again does not help. */
public final class ResultsFull extends IOException {
    ResultsFull(String message) {
        super(message);
    }
}
