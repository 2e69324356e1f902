package dev.hearth.buildkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DaemonLogTest {
    private static final Path DOCUMENTS = Path.of("src/agent/internal/protocol/testdata");
    private static final String TRACE =
            Base64.getEncoder().encodeToString("the trace".getBytes(StandardCharsets.UTF_8));

    private final List<String> traces = new ArrayList<>();

    @Test
    void takesTheTraceOutOfTheLog() throws IOException {
        var shown = read("""
                starting
                hearth-trace app begin
                hearth-trace app dGhlIHRy
                working
                hearth-trace app YWNl
                hearth-trace app end
                done
                """);

        assertThat(shown).isEqualTo("starting\nworking\ndone\n");
        assertThat(traces).containsExactly("the trace");
    }

    /** The agent's tests write this log. */
    @ParameterizedTest
    @ValueSource(strings = {"build-app-linux-amd64", "build-tool-linux-amd64"})
    void readsTheTracesThatTheAgentWrites(String solve) throws IOException {
        var found = new ArrayList<byte[]>();

        String shown;
        try (var log = new DaemonLog(Files.newInputStream(DOCUMENTS.resolve("trace.log")), solve, found::add)) {
            shown = new String(log.readAllBytes(), StandardCharsets.UTF_8);
        }

        assertThat(shown.split("\n")).isNotEmpty().noneMatch(line -> line.startsWith("hearth-trace "));
        assertThat(found).hasSize(1);
        var trace = BuildTraceFile.read(found.getFirst()).orElseThrow();
        var json = new ObjectMapper();
        assertThat(json.readTree(json.writeValueAsBytes(trace)))
                .isEqualTo(json.readTree(Files.readAllBytes(DOCUMENTS.resolve("trace-" + solve + ".json"))));
    }

    @Test
    void leavesOutTracesOfOtherSolves() throws IOException {
        var shown = read("""
                hearth-trace app--two begin
                hearth-trace app begin
                hearth-trace app--two AAAA
                hearth-trace app dGhlIHRyYWNl
                hearth-trace app--two end
                hearth-trace app end
                """);

        assertThat(shown).isEmpty();
        assertThat(traces).containsExactly("the trace");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hearth-trace app begin\nhearth-trace app dGhlIHRyYWNl\n", // cut
                "hearth-trace app dGhlIHRyYWNl\nhearth-trace app end\n", // without its beginning
                "hearth-trace app begin\nhearth-trace app ?\nhearth-trace app end\n",
                "hearth-trace app end\n",
                "hearth-trace app\n",
                "hearth-trace \n",
            })
    void leavesOutWhatIsNoCompleteTrace(String log) throws IOException {
        assertThat(read(log)).isEmpty();
        assertThat(traces).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "no end of a line",
                " hearth-trace app begin\n",
                "said: hearth-trace app begin\n",
                "hearth-trace:\n",
                "ümläut\r\n",
            })
    void showsAllOtherLines(String log) throws IOException {
        assertThat(read(log)).isEqualTo(log);
        assertThat(traces).isEmpty();
    }

    @Test
    void leavesOutALongLineOfATrace() throws IOException {
        assertThat(read("hearth-trace app " + "A".repeat(40 << 10) + "\nshown\n"))
                .isEqualTo("shown\n");
    }

    /** It could begin where a longer line is continued. */
    @Test
    void showsWhatFollowsALongLineWithoutAnEnd() throws IOException {
        var log = "x".repeat(16 << 10) + "hearth-trace app begin\n";

        assertThat(read(log)).isEqualTo(log);
    }

    @Test
    void leavesOutATraceThatIsTooLong() throws IOException {
        var chunk = "hearth-trace app " + "AAAA".repeat(2000) + "\n";

        read("hearth-trace app begin\n" + chunk.repeat(60) + "hearth-trace app end\n");

        assertThat(traces).isEmpty();
    }

    @Test
    void givesTheLastOfSeveralTraces() throws IOException {
        var other = Base64.getEncoder().encodeToString("another".getBytes(StandardCharsets.UTF_8));

        read(trace("app", other) + trace("app", TRACE));

        assertThat(traces).containsExactly("the trace");
    }

    @Test
    void passesOnWhyATraceIsNotStored() {
        var log = new DaemonLog(bytes(trace("app", TRACE)), "app", _ -> {
            throw new IOException("full");
        });

        assertThatThrownBy(log::readAllBytes).isInstanceOf(IOException.class).hasMessage("full");
    }

    /** Lines that do not begin with the prefix of a trace are shown unchanged, whatever is in them. */
    @Property
    void showsAnyLog(@ForAll String text, @ForAll @IntRange(min = 1, max = 50) int size) throws IOException {
        var log = "x" + text.replace("hearth-trace", "");
        var shown = new ByteArrayOutputStream();
        try (var in = new DaemonLog(bytes(log), "app", this::keep)) {
            var buffer = new byte[size];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                shown.write(buffer, 0, count);
            }
        }
        assertThat(shown.toByteArray()).isEqualTo(bytesOf(log));
    }

    private static String trace(String solve, String base64) {
        return "hearth-trace " + solve + " begin\nhearth-trace " + solve + " " + base64 + "\nhearth-trace " + solve
                + " end\n";
    }

    private String read(String log) throws IOException {
        try (var in = new DaemonLog(bytes(log), "app", this::keep)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void keep(byte[] compressed) {
        traces.add(new String(compressed, StandardCharsets.UTF_8));
    }

    private static ByteArrayInputStream bytes(String text) {
        return new ByteArrayInputStream(bytesOf(text));
    }

    private static byte[] bytesOf(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
