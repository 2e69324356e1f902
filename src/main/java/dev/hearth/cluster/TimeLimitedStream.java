package dev.hearth.cluster;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A stream of a connection that is closed after a time limit. Reading then fails and never looks like the end of the
 * stream. A stream that was read to its end is not closed: the client may have reused its connection for another
 * request, which closing would end.
 */
final class TimeLimitedStream extends FilterInputStream {
    private final Duration limit;
    private final Runnable afterwards;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean late;
    private volatile boolean ended;

    /** @param afterwards called once, when the stream is closed by its reader or by the time limit */
    TimeLimitedStream(InputStream stream, Duration limit, Runnable afterwards) {
        super(stream);
        this.limit = limit;
        this.afterwards = afterwards;
        Thread.startVirtualThread(this::watch);
    }

    private void watch() {
        try {
            if (!closing.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                late = true;
                close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // The next read fails because of the time limit.
        }
    }

    @Override
    public int read() throws IOException {
        return checked(super.read());
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        return checked(super.read(buffer, offset, length));
    }

    private int checked(int read) throws InterruptedIOException {
        if (late) {
            throw new InterruptedIOException("reading took longer than " + limit.toSeconds() + " s");
        }
        ended = read < 0;
        return read;
    }

    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true)) {
            closing.countDown();
            try {
                if (!ended) {
                    super.close();
                }
            } finally {
                afterwards.run();
            }
        }
    }
}
