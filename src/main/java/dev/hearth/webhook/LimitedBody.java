package dev.hearth.webhook;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** The body of a request, up to a size and a time. It throws {@link TooMuch} beyond them, or if the sender stalls. */
final class LimitedBody extends FilterInputStream {
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
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        var count = readSome(buffer, offset, length);
        left -= Math.max(0, count);
        if (left < 0) {
            throw new TooMuch("the body is too large");
        }
        if (clock.instant().isAfter(end)) {
            throw new TooMuch("the body came too slowly");
        }
        return count;
    }

    private int readSome(byte[] buffer, int offset, int length) throws IOException {
        try {
            return in.read(buffer, offset, length);
        } catch (IOException e) {
            throw new TooMuch("the body did not come: " + e.getMessage());
        }
    }
}
