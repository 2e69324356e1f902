package dev.hearth.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.testreport.CollectorReport;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CollectorReportReaderTest {
    private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

    @Test
    void readsArtifactAndReports() {
        assertThat(CollectorReportReader.read("{\"artifact\":{\"digest\":\"" + DIGEST + "\",\"files\":12,\"kib\":123},"
                        + "\"missing\":false,\"reports\":{\"files\":3,\"kib\":10,\"leftOut\":2}}"))
                .hasValue(new CollectorReport(
                        Optional.of(new CollectorReport.Artifact(DIGEST, 12, 123)), false, false, 3, 10, 2));
    }

    @Test
    void readsAMissingArtifact() {
        assertThat(CollectorReportReader.read("{\"missing\":true,\"reports\":{\"files\":0,\"kib\":0,\"leftOut\":0}}"))
                .hasValue(new CollectorReport(Optional.empty(), true, false, 0, 0, 0));
        assertThat(CollectorReportReader.read(
                        "{\"unreadable\":true,\"reports\":{\"files\":0,\"kib\":0,\"leftOut\":0}}"))
                .hasValue(new CollectorReport(Optional.empty(), false, true, 0, 0, 0));
    }

    @Test
    void ignoresAnArtifactWithAnInvalidDigest() {
        assertThat(CollectorReportReader.read("{\"artifact\":{\"digest\":\"sha256:no\"},\"reports\":{}}"))
                .hasValue(new CollectorReport(Optional.empty(), false, false, 0, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Error", "{", "{}", "[]", "null", "{\"reports\":"})
    void ignoresOtherMessages(String message) {
        assertThat(CollectorReportReader.read(message)).isEmpty();
    }
}
