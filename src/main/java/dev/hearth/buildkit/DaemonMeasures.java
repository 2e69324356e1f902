package dev.hearth.buildkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.core.figures.Degradation;
import dev.hearth.core.figures.Measured;
import java.time.Duration;
import java.util.Optional;

/** Reads how long things took, and what went wrong, from the same message as {@link DaemonReport}: nothing is decided by it. */
public final class DaemonMeasures {
    private static final ObjectMapper JSON = new ObjectMapper();

    private DaemonMeasures() {}

    /** {@link Measured#UNREPORTED} where there is none, or it was cut short. */
    public static Measured read(String terminationMessage) {
        try {
            var report = JSON.readTree(terminationMessage);
            return report != null && report.has("usedKib") ? measured(report) : Measured.UNREPORTED;
        } catch (JsonProcessingException e) {
            return Measured.UNREPORTED;
        }
    }

    private static Measured measured(JsonNode report) {
        var seed = report.path("seed");
        var reason = report.path("reason").asText("");
        return new Measured(
                seed.has("mode")
                        ? Optional.of(
                                new Measured.Seeding(seed.path("mode").asText().equals("Cold"), millis(seed)))
                        : Optional.empty(),
                millis(report.path("sealed")),
                reason.isEmpty() && report.path("note").asText("").isEmpty()
                        ? Optional.empty()
                        : Optional.of(Degradation.of(reason)));
    }

    private static Optional<Duration> millis(JsonNode of) {
        return of.has("millis")
                ? Optional.of(Duration.ofMillis(of.path("millis").asLong()))
                : Optional.empty();
    }
}
