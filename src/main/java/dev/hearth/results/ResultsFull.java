package dev.hearth.results;

import java.io.IOException;

/** A file is not kept, and trying again is no use: its run has kept as much as one run may. */
public final class ResultsFull extends IOException {
    ResultsFull(String message) {
        super(message);
    }
}
