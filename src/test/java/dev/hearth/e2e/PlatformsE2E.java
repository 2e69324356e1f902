package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.testbed.TestNamespace;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Builds for platforms that the node is not of. */
class PlatformsE2E {
    @Test
    void emulatesOtherPlatformsAndKeepsExecutableBits() {
        var rest = """
                builds: [{name: tool, artifact: true, platforms: [linux/amd64, linux/arm64, linux/arm/v7]}]
                tasks:
                - name: look
                  image: busybox
                  artifacts: [tool]
                  command:
                  - sh
                  - -ec
                  - |
                    cd /artifacts/tool
                    test -x amd64/tool && test -x arm64/tool && test -x arm-v7/tool
                    cat amd64/machine arm64/machine arm-v7/machine
                    test "$(cat amd64/machine arm64/machine)" = "$(printf 'x86_64\\naarch64')"
                    grep -q '^armv' arm-v7/machine
                    ! touch /artifacts/tool/amd64/new
                """;
        try (var work = TestNamespace.open("platforms");
                var repository = work.repository()) {
            var commit = repository.push("refs/heads/main", Map.of("Dockerfile", """
                            FROM busybox AS made
                            RUN uname -m >/machine && echo '#!/bin/sh' >/tool && chmod 755 /tool
                            FROM scratch
                            COPY --from=made /machine /tool /
                            """));
            work.apply(MinimalPipeline.pipeline(repository, rest));

            var run = work.finishedRunOf(commit);

            assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Succeeded);
        }
    }
}
