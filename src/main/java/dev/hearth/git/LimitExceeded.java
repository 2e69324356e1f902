package dev.hearth.git;

import java.io.IOException;

/** A server of SSH has sent more than Hearth accepts. */
final class LimitExceeded extends IOException {
    LimitExceeded(String message) {
        super(message);
    }
}
