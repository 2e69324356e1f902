package dev.hearth.buildkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.DockerfileFinding;
import dev.hearth.core.Specs;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Texts as BuildKit 0.34 prints them. */
class DockerfileFindingReaderTest {
    private static final BuildSpec BUILD = Specs.build("image", null)
            .with()
            .context("services/app")
            .dockerfile("docker/Dockerfile")
            .build();
    private static final String FILE = "services/app/docker/Dockerfile";
    private static final String FAILED = """
            #9 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2
            ------
             > [2/2] RUN make:
            0.101 Dockerfile:1
            0.101 docker/Dockerfile:2
            ------
            docker/Dockerfile:7
            --------------------
               5 |     FROM busybox
               6 |    \s
               7 | >>> RUN make
               8 |    \s
            --------------------
            error: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2
            """;

    @Test
    void failedInstructionIsFound() {
        assertThat(DockerfileFindingReader.failure(BUILD, FAILED)).contains(new DockerfileFinding(FILE, 7, null, null));
        assertThat(DockerfileFindingReader.failure(BUILD, FAILED.replace("docker/Dockerfile:7", "other/Dockerfile:7")))
                .isEmpty();
        assertThat(DockerfileFindingReader.failure(BUILD, "error: failed to solve: failed to read dockerfile"))
                .isEmpty();
    }

    /** Output of a step may look the same; BuildKit's own comes last. */
    @Test
    void lastPositionCounts() {
        var forged = "docker/Dockerfile:3\n--------------------\n" + FAILED;
        assertThat(DockerfileFindingReader.failure(BUILD, forged).orElseThrow().line())
                .isEqualTo(7);
    }

    @Property
    void anyTextIsRead(@ForAll String text) {
        assertThat(DockerfileFindingReader.failure(BUILD, text)).isEmpty();
        assertThat(DockerfileFindingReader.failure(BUILD, text + "docker/Dockerfile:9\n" + text))
                .isEmpty();
    }
}
