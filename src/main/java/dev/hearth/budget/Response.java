package dev.hearth.budget;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import org.apache.commons.io.input.ProxyInputStream;

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
     * @throws InterruptedIOException if the question was cancelled: a fast server never makes the thread wait
     * @throws ResponseTooLarge if the answer has more than the largest may have
     * @throws BudgetExhausted if the answer is not small and there was no turn for it in time
     */
    public void add(long bytes) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException();
        }
        size += Math.max(0, bytes);
        claim(size, "the answer has more than the %d KiB that Hearth reads");
    }

    /**
     * Says what is about to be held in memory besides the bytes that were read, such as their unpacked form.
     *
     * @throws ResponseTooLarge if it is more than the largest answer
     * @throws BudgetExhausted if it is not little, and there was no turn for it in time
     */
    public void hold(long bytes) throws IOException {
        claim(bytes, "the answer unpacks to more than the %d KiB that Hearth holds");
    }

    private void claim(long bytes, String tooLarge) throws IOException {
        if (bytes > limits().largest()) {
            throw new ResponseTooLarge(tooLarge.formatted(limits().largest() / 1024));
        }
        if (bytes > limits().small()) {
            reservation.enlarge();
        }
    }

    /** A stream whose bytes are counted. */
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
