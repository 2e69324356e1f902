package dev.hearth.buildkit;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hearth.agent.BuildTrace;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.io.input.BoundedInputStream;

/** Reads and writes traces of solves as JSON that is compressed with gzip. */
public final class BuildTraceFile {
    /** The most bytes of the JSON. The agent writes no more. */
    private static final int LONGEST = 1 << 20;
    /** The most that the agent writes of each. */
    private static final int MOST_STEPS = 2000;

    private static final int MOST_INPUTS = 256;
    private static final int MOST_TRANSFERS = 64;
    private static final int MOST_WARNINGS = 50;

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private BuildTraceFile() {}

    /** Reads a trace, which may be anybody's. Empty if it is no trace of the version that is known. */
    public static Optional<BuildTrace> read(byte[] compressed) {
        try (var json = BoundedInputStream.builder()
                .setInputStream(new GZIPInputStream(new ByteArrayInputStream(compressed)))
                .setMaxCount(LONGEST)
                .get()) {
            return Optional.ofNullable(JSON.readValue(json, BuildTrace.class))
                    .filter(trace -> trace.version() == BuildTrace.VERSION && isBounded(trace));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static boolean isBounded(BuildTrace trace) {
        return trace.steps().size() <= MOST_STEPS
                && trace.warnings().size() <= MOST_WARNINGS
                && trace.steps().stream()
                        .allMatch(step -> step.inputs().size() <= MOST_INPUTS
                                && step.transfers().size() <= MOST_TRANSFERS);
    }

    public static byte[] write(BuildTrace trace) throws IOException {
        var compressed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(compressed)) {
            JSON.writeValue(gzip, trace);
        }
        return compressed.toByteArray();
    }
}
