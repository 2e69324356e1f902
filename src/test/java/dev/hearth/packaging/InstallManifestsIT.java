package dev.hearth.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The committed copies of what the code and the chart make; after packaging, which writes crds/ anew. */
class InstallManifestsIT {

    @Test
    void areWhatTheCodeAndTheChartMakeNow() {
        var check = FinishedCommand.run(List.of("charts/render", "--check"));

        assertThat(check.status()).as(check.output()).isZero();
    }
}
