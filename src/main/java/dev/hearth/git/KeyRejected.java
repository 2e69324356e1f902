package dev.hearth.git;

import java.io.IOException;

/** A server of SSH does not accept the key of the credentials. */
final class KeyRejected extends IOException {
    KeyRejected(Throwable cause) {
        super(cause.getMessage(), cause);
    }
}
