package dev.hearth.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Iterator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LimitedBodyTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration LONGEST = Duration.ofSeconds(10);

    @Test
    void passesWhatIsSmallAndQuickEnough() throws IOException {
        var body = new LimitedBody(new ByteArrayInputStream(new byte[100]), 100, LONGEST, at(0));
        assertThat(body.readAllBytes()).hasSize(100);
    }

    @Test
    void refusesAByteMore() {
        var body = new LimitedBody(new ByteArrayInputStream(new byte[101]), 100, LONGEST, at(0));
        assertThatThrownBy(body::readAllBytes)
                .isInstanceOf(LimitedBody.TooMuch.class)
                .hasMessage("the body is too large");
    }

    @Test
    void refusesABodyThatTricklesIn() throws IOException {
        var seconds = Stream.of(0, 5, 11).iterator();
        var body = new LimitedBody(new ByteArrayInputStream(new byte[100]), 100, LONGEST, at(seconds));
        assertThat(body.read()).isZero();
        assertThatThrownBy(body::read).isInstanceOf(LimitedBody.TooMuch.class).hasMessage("the body came too slowly");
    }

    @Test
    void refusesASenderThatStalls() {
        var stalled = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("Connection was closed");
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return read();
            }
        };
        assertThatThrownBy(() -> new LimitedBody(stalled, 100, LONGEST, at(0)).readAllBytes())
                .isInstanceOf(LimitedBody.TooMuch.class)
                .hasMessage("the body did not come: Connection was closed");
    }

    private static Clock at(int seconds) {
        return Clock.fixed(NOW.plusSeconds(seconds), ZoneOffset.UTC);
    }

    /** A clock that shows one time after the other. */
    private static Clock at(Iterator<Integer> seconds) {
        InstantSource source = () -> NOW.plusSeconds(seconds.next());
        return source.withZone(ZoneOffset.UTC);
    }
}
