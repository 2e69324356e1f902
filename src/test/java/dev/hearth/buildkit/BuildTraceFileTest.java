package dev.hearth.buildkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.agent.BuildTrace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuildTraceFileTest {
    private static final BuildTrace TRACE = new BuildTrace(
            1,
            "linux/amd64",
            List.of(
                    new BuildTrace.Step(
                            "sha256:1",
                            List.of("sha256:0"),
                            "RUN make",
                            new BuildTrace.Lines(2, 3),
                            true,
                            "2026-11-30T10:00:00Z",
                            "2026-11-30T10:00:01.5Z",
                            null,
                            List.of(new BuildTrace.Transfer("layer", 10, 20))),
                    new BuildTrace.Step("sha256:2", List.of(), "export", null, false, null, null, "failed", List.of())),
            List.of(new BuildTrace.Warning(
                    "sha256:1", "FromAsCasing: 'as'", "https://docs", new BuildTrace.Lines(1, 1))),
            3);

    @Test
    void readsWhatItWrites() throws IOException {
        assertThat(BuildTraceFile.read(BuildTraceFile.write(TRACE))).contains(TRACE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"version\": 2, \"steps\": []}",
                "{\"version\": 1, \"steps\": [{\"name\": \"without a digest\"}]}",
                "{\"version\": 1, \"steps\": [null]}",
                "{\"version\": 1, \"steps\": [], \"warnings\": [null]}",
                "{\"version\": 1, \"steps\": [{\"digest\": \"\", \"name\": \"\", \"inputs\": [null]}]}",
                "{\"version\": 1, \"steps\": 1}",
            })
    void readsNothingElse(String json) throws IOException {
        assertThat(BuildTraceFile.read(compressed(json))).isEmpty();
    }

    @Test
    void readsNoTraceThatIsTooLong() throws IOException {
        var name = "x".repeat(2 << 20);

        assertThat(BuildTraceFile.read(
                        compressed("{\"version\": 1, \"steps\": [{\"digest\": \"\", \"name\": \"" + name + "\"}]}")))
                .isEmpty();
    }

    @Test
    void writesTextsThatAreEmpty() throws IOException {
        var empty = new BuildTrace(
                1,
                null,
                List.of(new BuildTrace.Step("", List.of(), "", null, false, null, null, null, List.of())),
                List.of(new BuildTrace.Warning("", "", null, null)),
                0);

        assertThat(BuildTraceFile.read(BuildTraceFile.write(empty))).contains(empty);
    }

    @Test
    void readsNoTraceWithMoreThanTheAgentWrites() throws IOException {
        var step = "{\"digest\": \"\", \"name\": \"\", \"inputs\": [" + "\"\",".repeat(256) + "\"\"]}";

        assertThat(BuildTraceFile.read(compressed("{\"version\": 1, \"steps\": [" + step + "]}")))
                .isEmpty();
    }

    @Test
    void readsNothingThatIsNotCompressed() {
        assertThat(BuildTraceFile.read("{\"version\": 1}".getBytes(StandardCharsets.UTF_8)))
                .isEmpty();
    }

    private static byte[] compressed(String json) throws IOException {
        var compressed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(compressed)) {
            gzip.write(json.getBytes(StandardCharsets.UTF_8));
        }
        return compressed.toByteArray();
    }
}
