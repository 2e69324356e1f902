package dev.hearth.budget;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;

/** An answer that is counted while it is read. Several streams may belong to it. */
public final class Response {
    private final Reservation reservation;
    private long size;

    Response(Reservation reservation) {
        this.reservation = reservation;
    }

    public ResponseLimits limits() {
        return reservation.limits();
    }

    /**
     * Counts what was read, or is about to be kept.
     *
     * @throws InterruptedIOException if nobody waits for the answer any more: reading from a fast server asks nothing else
     * @throws ResponseTooLarge if the answer has more than the largest may have
     * @throws NoTurn if it is no small one, and there was no turn for it in time
     */
    public void add(long bytes) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException();
        }
        size += Math.max(0, bytes);
        if (size > limits().largest()) {
            throw new ResponseTooLarge(
                    "the answer has more than the " + limits().largest() / 1024 + " KiB that Hearth reads");
        }
        if (size > limits().small()) {
            reservation.enlarge();
        }
    }

    /**
     * Says what is about to be held in memory besides the bytes that were read, such as their unpacked form.
     *
     * @throws ResponseTooLarge if it is more than the largest answer
     * @throws NoTurn if it is not little, and there was no turn for it in time
     */
    public void hold(long bytes) throws IOException {
        if (bytes > limits().largest()) {
            throw new ResponseTooLarge(
                    "the answer unpacks to more than the " + limits().largest() / 1024 + " KiB that Hearth holds");
        }
        if (bytes > limits().small()) {
            reservation.enlarge();
        }
    }

    /** A stream whose bytes are counted. */
    public InputStream count(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                var read = super.read();
                add(read < 0 ? 0 : 1);
                return read;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                var read = super.read(bytes, offset, length);
                add(read);
                return read;
            }

            @Override
            public long skip(long count) throws IOException {
                var skipped = super.skip(count);
                add(skipped);
                return skipped;
            }

            @Override
            public boolean markSupported() {
                return false;
            }
        };
    }
}
