package dev.hearth.http;

import java.io.IOException;

/** A host has an address to which Hearth never connects. The message names both. */
public final class DestinationNotAllowed extends IOException {
    DestinationNotAllowed(String message) {
        super(message);
    }
}
