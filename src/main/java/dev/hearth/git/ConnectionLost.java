package dev.hearth.git;

import java.io.IOException;

/** A server of SSH has ended the connection before the program ran: it may be busy, or restart. */
final class ConnectionLost extends IOException {
    ConnectionLost(Throwable cause) {
        super(cause.getMessage(), cause);
    }
}
