package dev.hearth.buildkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.cache.VolumeReport;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DaemonReportTest {

    @Test
    void readsWhatTheScriptWrites() {
        var message = """
                {"seed":{"mode":"Cold","millis":20},"sealed":{"generation":3,"kib":120,"exported":true,
                "volumes":["main","own"],"millis":300},"usedKib":4096,"note":""}""";

        assertThat(DaemonReport.read(message))
                .hasValue(new VolumeReport(
                        Optional.of(new VolumeReport.Seal(3, 120, List.of("main", "own"), true)), 4096, ""));
    }

    @Test
    void nothingIsSealedWhereTheScriptSaysNothingOfIt() {
        assertThat(DaemonReport.read("{\"seed\":{},\"sealed\":{},\"usedKib\":7,\"note\":\"\"}"))
                .hasValue(new VolumeReport(Optional.empty(), 7, ""));
    }

    /** An untrusted pod may end with any words. */
    @ParameterizedTest
    @ValueSource(
            strings = {"", "null", "[]", "7", "{\"usedKib\"", "another daemon is on this volume", "{\"note\":\"x\"}"})
    void anythingElseIsNoReport(String message) {
        assertThat(DaemonReport.read(message)).isEmpty();
    }

    @Test
    void noteIsOneShortLineWithoutControls() {
        var note = DaemonReport.read("{\"usedKib\":1,\"note\":\"a\\u001b[31m\\nb" + "x".repeat(5000) + "\"}")
                .orElseThrow()
                .note();

        assertThat(note).startsWith("a b").hasSizeLessThan(400);
    }
}
