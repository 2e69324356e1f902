package dev.hearth.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The committed CRDs and manifests are up to date. Runs after packaging, which writes crds/. */
class InstallManifestsIT {

    @Test
    void committedManifestsAreUpToDate() {
        var check = FinishedCommand.run(List.of("charts/render", "--check"));

        assertThat(check.status()).as(check.output()).isZero();
    }
}
