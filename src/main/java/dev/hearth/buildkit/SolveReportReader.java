package dev.hearth.buildkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.core.buildcache.CacheProblem;
import dev.hearth.core.run.BuildResult;
import dev.hearth.core.run.BuildResultBuilder;
import dev.hearth.core.run.StepOutputs;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.PlainText;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the termination message of a solve: lines with buildctl's metadata, its cache metrics, the daemon's state, the
 * digest and size of the artifact, the first executed build steps, and warnings, which {@link DockerfileFindingReader} reads.
 */
public final class SolveReportReader {
    private static final Pattern FILES = Pattern.compile("(sha256:[0-9a-f]{64}) ([0-9]{1,18}) ([0-9]{1,18}) ?");
    private static final ObjectMapper JSON = new ObjectMapper();

    private SolveReportReader() {}

    /** Reads the result. Empty if it cannot be read: that must not fail a solve that succeeded. */
    public static Optional<BuildResult> read(String terminationMessage) {
        var lines = terminationMessage.split("\n");
        if (lines.length < 2) {
            return Optional.empty();
        }
        var metrics = parse(lines[1]);
        var digest = parse(lines[0]).path("containerimage.digest").asText("");
        if (!metrics.has("user_cacheable")) {
            return Optional.empty();
        }
        var executed = metrics.path("miss").asInt();
        return Optional.of(BuildResultBuilder.builder()
                .digest(digest.isEmpty() ? null : digest)
                .cached(metrics.path("user_cacheable").asInt() - executed)
                .executed(executed)
                .cacheFrom(lines.length > 2 ? restart(parse(lines[2])) : null)
                .warning(lines.length > 2 ? cacheProblem(parse(lines[2])) : null)
                .rebuilt(Arrays.stream(lines)
                        .skip(4)
                        .filter(line -> !line.startsWith(DockerfileFindingReader.WARNING))
                        .map(PlainText::line)
                        .toList())
                .build());
    }

    /** Reads the digest and size of the artifact. Empty if the solve has none. */
    public static Optional<StepOutputs.Files> files(String terminationMessage) {
        return terminationMessage
                .lines()
                .skip(3)
                .findFirst()
                .map(FILES::matcher)
                .filter(Matcher::matches)
                .map(found -> new StepOutputs.Files(
                        found.group(1), Long.parseLong(found.group(2)), Long.parseLong(found.group(3))));
    }

    /** Returns the state from which a restarted daemon started; null if it was not restarted. */
    private static @Nullable String restart(JsonNode state) {
        var note = PlainText.line(state.path("note").asText(""));
        return switch (state.path("mode").asText("")) {
            case "Cold" -> note.isEmpty() ? null : "Cold: " + note;
            case "Own" -> "Own: " + note;
            default -> null;
        };
    }

    private static @Nullable StatusReason cacheProblem(JsonNode state) {
        var note = PlainText.line(state.path("note").asText(""));
        return note.isEmpty()
                ? null
                : CacheProblem.statusReason(state.path("reason").asText(""), note);
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            return JSON.createObjectNode();
        }
    }
}
