package dev.hearth.buildkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.core.buildcache.VolumeReport;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Sizes;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VolumeReportReaderTest {

    @Test
    void readsWhatTheAgentWrites() {
        var message = """
                {"version":1,"begun":{"mode":"Cold","millis":20},"sealed":{"generation":3,"kib":120,"exported":true,
                "volumes":["main","own"],"millis":300},"usedKib":4096,"artifactsKib":64,"capacityKib":9000,"freeKib":12,
                "problem":{"reason":"VolumeFull","note":"pruned"}}""";

        assertThat(VolumeReportReader.read(message))
                .hasValue(new VolumeReport(
                        Optional.of(new VolumeReport.Begin("Cold", 20)),
                        Optional.of(new VolumeReport.Seal(3, 120, List.of("main", "own"), true, 300)),
                        new VolumeReport.Usage(4096, 64, Optional.empty(), Optional.of(9000L), Optional.of(12L)),
                        Optional.of(new StatusReason(Reason.VolumeFull, "pruned"))));
    }

    @Test
    void nothingIsSealedWhereTheAgentSaysNothingOfIt() {
        assertThat(VolumeReportReader.read("{\"version\":1,\"usedKib\":7}"))
                .hasValue(new VolumeReport(
                        Optional.empty(), Optional.empty(), VolumeReport.Usage.of(7), Optional.empty()));
    }

    /** An untrusted pod may end with any words. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "7",
                "{\"usedKib\"",
                "another daemon is on this volume",
                "{\"version\":1}",
                "{\"usedKib\":7}",
                "{\"version\":2,\"usedKib\":7}",
                "{\"version\":1,\"usedKib\":9223372036854775808}",
                "{\"version\":1,\"usedKib\":1e999}",
                "{\"version\":1,\"usedKib\":7,\"begun\":{}}",
                "{\"version\":1,\"usedKib\":7,\"sealed\":{\"generation\":1}}",
                "{\"version\":1,\"usedKib\":7,\"problem\":{\"note\":\"x\"}}"
            })
    void anythingElseIsNoReport(String message) {
        assertThat(VolumeReportReader.read(message)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE})
    void oddNumbersAreBounded(long number) {
        var report = VolumeReportReader.read("""
                        {"version":1,"begun":{"mode":"Cold","millis":%1$s},
                        "sealed":{"generation":3,"kib":%1$s,"volumes":[],"millis":%1$s},
                        "usedKib":%1$s,"artifactsKib":%1$s,"buildkitKib":%1$s,"capacityKib":%1$s,"freeKib":%1$s}""".formatted(number)).orElseThrow();

        assertThat(report.usage().content()).isBetween(0L, Sizes.MOST);
        assertThat(report.usage().capacity().orElse(0L)).isBetween(0L, Sizes.MOST);
        assertThat(report.sealed().orElseThrow().added()).isBetween(0L, Sizes.MOST);
        assertThat(report.seeded().orElseThrow().millis()).isBetween(0L, 86_400_000L);
    }

    @Test
    void noteIsOneShortLineWithoutControls() {
        var note = VolumeReportReader.read(
                        "{\"version\":1,\"usedKib\":1,\"problem\":{\"reason\":\"\",\"note\":\"a\\u001b[31m\\nb"
                                + "x".repeat(5000) + "\"}}")
                .orElseThrow()
                .trouble()
                .orElseThrow()
                .message();

        assertThat(note).startsWith("a b").hasSizeLessThan(400);
    }
}
