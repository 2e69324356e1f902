package dev.hearth.cluster;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** A stream that is closed when its time is over. Reading then fails, and never looks like the end of the stream. */
final class TimedStream extends FilterInputStream {
    private final Duration limit;
    private final Runnable afterwards;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean late;

    /** @param afterwards called once, when the stream is closed for whatever reason */
    TimedStream(InputStream stream, Duration limit, Runnable afterwards) {
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
            // Reading fails all the same, since it is late.
        }
    }

    @Override
    public int read() throws IOException {
        var read = super.read();
        check();
        return read;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        var read = super.read(buffer, offset, length);
        check();
        return read;
    }

    private void check() throws InterruptedIOException {
        if (late) {
            throw new InterruptedIOException("it took longer than " + limit.toSeconds() + " s");
        }
    }

    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true)) {
            closing.countDown();
            try {
                super.close();
            } finally {
                afterwards.run();
            }
        }
    }
}
