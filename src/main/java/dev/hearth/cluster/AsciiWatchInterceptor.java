package dev.hearth.cluster;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Makes the answers of watches over plain HTTP ASCII, which is all that the client library reads right there. It decodes each buffer on
 * its own, so that a character whose bytes come in two buffers becomes U+FFFD. It also appends a NUL for each byte that a buffer has
 * more than UTF-16 code units, and an event with a NUL cannot be parsed and stops its watch.
 *
 * <p>JSON has other characters only in its strings, where an escape means the same. The library watches over plain HTTP where
 * WebSockets are refused, as by a proxy; messages of WebSockets do not pass here.
 */
final class AsciiWatchInterceptor implements Interceptor {
    private static final Pattern WATCH = Pattern.compile("(?:^|&)watch=true(?:&|$)");

    static void addTo(HttpClient.Builder builder) {
        builder.addOrReplaceInterceptor("ascii-watch", new AsciiWatchInterceptor());
    }

    @Override
    public AsyncBody.Consumer<List<ByteBuffer>> consumer(
            AsyncBody.Consumer<List<ByteBuffer>> consumer, HttpRequest request) {
        var query = request.uri().getRawQuery();
        return query != null && WATCH.matcher(query).find() ? new AsciiConsumer(consumer) : consumer;
    }

    /** Reads the answer of one request. The client calls it for one list of buffers after the other. */
    private static final class AsciiConsumer implements AsyncBody.Consumer<List<ByteBuffer>> {
        private final AsyncBody.Consumer<List<ByteBuffer>> next;

        private final CharsetDecoder decoder =
                StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPLACE);

        /** The first bytes, three at most, of a character that the last buffer did not end. */
        private ByteBuffer begun = ByteBuffer.allocate(0);

        AsciiConsumer(AsyncBody.Consumer<List<ByteBuffer>> next) {
            this.next = next;
        }

        /** Calls the next consumer each time, even if no character has ended, because it is who asks for more buffers. */
        @Override
        public void consume(List<ByteBuffer> buffers, AsyncBody body) throws Exception {
            var texts = new ArrayList<ByteBuffer>(buffers.size());
            for (ByteBuffer buffer : buffers) {
                texts.add(ByteBuffer.wrap(ascii(decode(buffer)).getBytes(StandardCharsets.US_ASCII)));
            }
            next.consume(texts, body);
        }

        private CharBuffer decode(ByteBuffer buffer) {
            var bytes = ByteBuffer.allocate(begun.remaining() + buffer.remaining())
                    .put(begun)
                    .put(buffer)
                    .flip();
            var text = CharBuffer.allocate(bytes.remaining()); // no character has more code units than bytes
            decoder.decode(bytes, text, false);
            begun = ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
            return text.flip();
        }

        private static String ascii(CharBuffer text) {
            var ascii = new StringBuilder(text.remaining());
            while (text.hasRemaining()) {
                char unit = text.get();
                if (unit < 0x80) {
                    ascii.append(unit);
                } else {
                    ascii.append("\\u").append(HexFormat.of().toHexDigits(unit));
                }
            }
            return ascii.toString();
        }

        /** Other interceptors look for their own consumers. */
        @Override
        public <U> U unwrap(Class<U> target) {
            return next.unwrap(target);
        }
    }
}
