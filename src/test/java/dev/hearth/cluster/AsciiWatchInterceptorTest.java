package dev.hearth.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.StandardHttpRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AsciiWatchInterceptorTest {

    @Test
    void everySplitIsRead() {
        var text = "{\"a\":\"aäz构\u0000🚀\uFEFF\uFFFF\"}\n";
        var bytes = text.getBytes(StandardCharsets.UTF_8);

        for (int first = 0; first <= bytes.length; first++) {
            for (int second = first; second <= bytes.length; second++) {
                var buffers = List.of(
                        ByteBuffer.wrap(bytes, 0, first),
                        ByteBuffer.wrap(bytes, first, second - first),
                        ByteBuffer.wrap(bytes, second, bytes.length - second));

                assertThat(oneByOne(buffers)).isEqualTo(escaped(text));
                assertThat(read(List.of(buffers))).isEqualTo(escaped(text));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "a FF z, a\\ufffdz", // no character begins so
        "a C3 z, a\\ufffdz", // a character without its end
        "a F0 9F 9A z, a\\ufffdz",
        "a 80 z, a\\ufffdz", // an end without its character
        "a C0 80 z, a\\ufffd\\ufffdz", // longer than needed
        "a ED A0 80 z, a\\ufffdz", // half of a surrogate pair
        "a F4 90 80 80 z, a\\ufffd\\ufffd\\ufffd\\ufffdz", // beyond Unicode
        "a F0 F0 F0 F0 9F 9A 80 z, a\\ufffd\\ufffd\\ufffd\\ud83d\\ude80z",
    })
    void malformedBytesAreReplaced(String bytes, String text) {
        var buffers = Arrays.stream(bytes.split(" ", -1))
                .map(it -> it.length() == 1 ? it.charAt(0) : Integer.parseInt(it, 16))
                .map(it -> ByteBuffer.wrap(new byte[] {(byte) (int) it}))
                .toList();

        assertThat(oneByOne(buffers)).isEqualTo(text);
        assertThat(read(List.of(buffers))).isEqualTo(text);
    }

    /** Whoever reads a list asks for the next one, which would not come otherwise. */
    @Test
    void everyListIsPassedOn() throws Exception {
        var read = new Read();
        var consumer = new AsciiWatchInterceptor().consumer(read, request("watch=true"));

        for (byte part : "🚀".getBytes(StandardCharsets.UTF_8)) {
            consumer.consume(List.of(ByteBuffer.wrap(new byte[] {part})), read);
        }
        consumer.consume(List.of(), read);

        assertThat(read.texts).containsExactly("", "", "", "\\ud83d\\ude80", "");
        assertThat(read.asked).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "watch=false", "labelSelector=watch%3Dtrue", "unwatch=true", "watch=true1"})
    void otherAnswersAreLeftAlone(String query) {
        var read = new Read();

        assertThat(new AsciiWatchInterceptor().consumer(read, request(query))).isSameAs(read);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"watch=true", "resourceVersion=1&watch=true", "allowWatchBookmarks=true&watch=true&limit=1"})
    void consumersAreFoundBehindThatOfWatches(String query) {
        var read = new Read();
        var consumer = new AsciiWatchInterceptor().consumer(read, request(query));

        assertThat(consumer).isNotSameAs(read);
        assertThat(consumer.unwrap(Read.class)).isSameAs(read);
    }

    private static HttpRequest request(String query) {
        return new StandardHttpRequest.Builder()
                .uri("https://server/api/v1/pods" + (query.isEmpty() ? "" : "?" + query))
                .build();
    }

    private static String escaped(String text) {
        var escaped = new StringBuilder();
        text.chars().forEach(unit -> escaped.append(unit < 128 ? Character.toString(unit) : "\\u%04x".formatted(unit)));
        return escaped.toString();
    }

    private static String oneByOne(List<ByteBuffer> buffers) {
        return read(buffers.stream().map(List::of).toList());
    }

    private static String read(List<List<ByteBuffer>> lists) {
        var read = new Read();
        var consumer = new AsciiWatchInterceptor().consumer(read, request("watch=true"));
        for (List<ByteBuffer> buffers : lists) {
            try {
                consumer.consume(buffers.stream().map(ByteBuffer::duplicate).toList(), read);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        return String.join("", read.texts);
    }

    /** Keeps what it is given, and asks for more, as a watch does. */
    private static final class Read implements AsyncBody.Consumer<List<ByteBuffer>>, AsyncBody {
        private final List<String> texts = new CopyOnWriteArrayList<>();
        private int asked;

        @Override
        public void consume(List<ByteBuffer> buffers, AsyncBody body) {
            var text = new StringBuilder();
            buffers.forEach(buffer -> text.append(StandardCharsets.UTF_8.decode(buffer)));
            texts.add(text.toString());
            body.consume();
        }

        @Override
        public void consume() {
            asked++;
        }

        @Override
        public CompletableFuture<Void> done() {
            return new CompletableFuture<>();
        }

        @Override
        public void cancel() {}
    }
}
