package dev.hearth.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.testreport.CollectorReport;
import dev.hearth.core.text.Sizes;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CollectorReportReaderTest {
    private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

    @Test
    void readsArtifactAndReports() {
        assertThat(read("""
                {"version":1,"artifact":{"digest":"%s","count":12,"kib":123},"reports":{"files":3,"kib":10,"leftOut":2}}
                """.formatted(DIGEST)))
                .hasValue(new CollectorReport(
                        Optional.of(new CollectorReport.Artifact(DIGEST, 12, 123)), false, false, 3, 10, 2));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsWhyThereIsNoArtifact(boolean missing) {
        assertThat(read("""
                {"version":1,"artifact%s":true,"reports":{"files":0,"kib":0,"leftOut":0}}
                """.formatted(missing ? "Missing" : "Unreadable")))
                .hasValue(new CollectorReport(Optional.empty(), missing, !missing, 0, 0, 0));
    }

    @Test
    void ignoresAnArtifactWithAnInvalidDigest() {
        assertThat(read("{\"version\":1,\"artifact\":{\"digest\":\"sha256:no\"},\"reports\":{}}"))
                .hasValue(new CollectorReport(Optional.empty(), false, false, 0, 0, 0));
    }

    @Test
    void limitsNumbersToPossibleOnes() {
        assertThat(read("""
                {"version":1,"artifact":{"digest":"%s","count":%d,"kib":-1},
                 "reports":{"files":-1,"kib":%d,"leftOut":%d}}
                """.formatted(DIGEST, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE)))
                .hasValue(new CollectorReport(
                        Optional.of(new CollectorReport.Artifact(DIGEST, Integer.MAX_VALUE, 0)),
                        false,
                        false,
                        0,
                        Sizes.MOST,
                        Integer.MAX_VALUE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Error",
                "{",
                "{}",
                "[]",
                "null",
                "{\"reports\":",
                "{\"version\":1}",
                "{\"version\":1,\"reports\":null}",
                "{\"version\":2,\"reports\":{}}",
                "{\"reports\":{}}",
                "{\"version\":1,\"reports\":{\"files\":1e99}}",
                "{\"version\":1,\"reports\":{},\"artifact\":{}}"
            })
    void ignoresOtherMessages(String message) {
        assertThat(read(message)).isEmpty();
    }

    private static Optional<CollectorReport> read(String message) {
        return CollectorReportReader.read(message);
    }
}
