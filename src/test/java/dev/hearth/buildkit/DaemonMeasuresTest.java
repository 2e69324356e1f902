package dev.hearth.buildkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.figures.Degradation;
import dev.hearth.core.figures.Measured;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DaemonMeasuresTest {

    @Test
    void readsWhatTheScriptWrites() {
        var message = """
                {"seed":{"mode":"Overlay","millis":20},"sealed":{"generation":3,"millis":300},"usedKib":4096,"note":""}""";

        assertThat(DaemonMeasures.read(message))
                .isEqualTo(new Measured(
                        Optional.of(new Measured.Seeding(false, Optional.of(Duration.ofMillis(20)))),
                        Optional.of(Duration.ofMillis(300)),
                        Optional.empty()));
    }

    @Test
    void nothingIsSeededWhereTheScriptSaysNothingOfIt() {
        assertThat(DaemonMeasures.read("{\"seed\":{},\"sealed\":{},\"usedKib\":7,\"note\":\"\"}"))
                .isEqualTo(Measured.NOTHING);
    }

    @ParameterizedTest
    @CsvSource({"VolumeFull, VolumeFull", "'', Other", "Whatever I like, Other"})
    void reasonsAreOfAClosedSet(String reason, Degradation degraded) {
        assertThat(DaemonMeasures.read("{\"usedKib\":7,\"reason\":\"" + reason + "\",\"note\":\"words\"}")
                        .degraded())
                .hasValue(degraded);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "7", "{\"usedKib\"", "another daemon is on this volume"})
    void anythingElseIsNoReport(String message) {
        assertThat(DaemonMeasures.read(message)).isEqualTo(Measured.UNREPORTED);
    }
}
