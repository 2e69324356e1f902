package dev.hearth.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TimeLimitedStreamTest {
    private final AtomicInteger ends = new AtomicInteger();

    @Test
    void endsOnceHoweverOftenItIsClosed() throws IOException {
        var log = new ByteArrayInputStream("log".getBytes(StandardCharsets.UTF_8));
        var stream = new TimeLimitedStream(log, Duration.ofDays(1), ends::incrementAndGet);

        assertThat(stream.readAllBytes()).hasSize(3);
        assertThat(ends).hasValue(0);
        stream.close();
        stream.close();

        assertThat(ends).hasValue(1);
    }

    /** What the client makes of a connection that is closed meanwhile looks like the end of a log. */
    @Test
    void streamThatTakesTooLongFailsAndDoesNotEnd() {
        var closed = new CountDownLatch(1);
        var stalled = new InputStream() {
            @Override
            public int read() {
                try {
                    closed.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return -1;
            }

            @Override
            public int read(byte[] into, int from, int most) {
                return read();
            }

            @Override
            public void close() {
                closed.countDown();
            }
        };

        var stream = new TimeLimitedStream(stalled, Duration.ofMillis(1), ends::incrementAndGet);

        assertThatThrownBy(stream::readAllBytes).isInstanceOf(InterruptedIOException.class);
        await().untilAtomic(ends, equalTo(1));
    }
}
