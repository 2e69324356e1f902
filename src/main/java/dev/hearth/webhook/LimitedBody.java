package dev.hearth.webhook;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.apache.commons.io.input.ProxyInputStream;

/** The body of a request, up to a size and a time. It throws {@link TooMuch} beyond them, or if the sender stalls. */
final class LimitedBody extends ProxyInputStream {
    private final Clock clock;
    private final Instant end;
    private long left;

    /** The body is larger or slower than allowed. */
    static final class TooMuch extends IOException {
        TooMuch(String message) {
            super(message);
        }
    }

    LimitedBody(InputStream body, long largest, Duration longest, Clock clock) {
        super(body);
        this.left = largest;
        this.clock = clock;
        this.end = clock.instant().plus(longest);
    }

    @Override
    protected void afterRead(int count) throws TooMuch {
        left -= Math.max(0, count);
        if (left < 0) {
            throw new TooMuch("the body is too large");
        }
        if (clock.instant().isAfter(end)) {
            throw new TooMuch("the body came too slowly");
        }
    }

    @Override
    protected void handleIOException(IOException e) throws TooMuch {
        throw e instanceof TooMuch known ? known : new TooMuch("the body did not come: " + e.getMessage());
    }
}
