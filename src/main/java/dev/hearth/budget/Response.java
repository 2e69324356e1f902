package dev.hearth.budget;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import org.apache.commons.io.input.ProxyInputStream;

/** An answer of a server that is counted while it is read. It may consist of several streams. */
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
     * Counts bytes of the answer.
     *
     * @throws InterruptedIOException if the call was cancelled, which a thread that never waits would not notice
     *     otherwise
     * @throws ResponseTooLarge if the answer is larger than the limit
     * @throws BudgetExhausted if the answer is not small and no turn for it became free in time
     */
    public void add(long bytes) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException();
        }
        size += Math.max(0, bytes);
        claim(size, "the answer has more than %d KiB, the limit");
    }

    /**
     * Reserves memory in addition to the bytes that were read, for example for their decompressed form.
     *
     * @throws ResponseTooLarge if the size is larger than the limit of an answer
     * @throws BudgetExhausted if the size is not small and no turn for it became free in time
     */
    public void hold(long bytes) throws IOException {
        claim(bytes, "the answer unpacks to more than %d KiB, the limit");
    }

    private void claim(long bytes, String tooLarge) throws IOException {
        if (bytes > limits().largest()) {
            throw new ResponseTooLarge(tooLarge.formatted(limits().largest() / 1024));
        }
        if (bytes > limits().small()) {
            reservation.enlarge();
        }
    }

    /** Returns a stream that counts the bytes read from it. */
    public InputStream count(InputStream in) {
        return new ProxyInputStream(in) {
            @Override
            protected void afterRead(int read) throws IOException {
                add(read);
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
