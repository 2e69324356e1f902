package dev.hearth.pod.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The end of a log in one word, by BuildKit's own texts. */
class BuildFailureTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            failed to read dockerfile: open Dockerfile: no such file                        | DockerfileNotFound
            mount source: "overlay", target: "/x", fstype: overlay, flags: 0, data: "index=off", err: invalid argument | OverlayUnsupported
            failed to read dockerfile: failed to fetch remote git://a/b.git: git stderr: fatal: unable to look up a (port 9418) (Temporary failure in name resolution) | RepositoryUnreachable
            failed to read dockerfile: failed to fetch remote https://a/b.git: git stderr: fatal: unable to access 'https://a/b.git/': The requested URL returned error: 503 | RepositoryUnreachable
            failed to read dockerfile: failed to fetch remote https://a/b.git: git stderr: fatal: unable to access 'https://a/b.git/': The requested URL returned error: 403 | SourceFetchFailed
            write /usr/lib/x: no space left on device                                       | OutOfSpace
            process "/bin/sh -c make overlay" did not complete successfully: exit code: 2   | BuildFailed
            """)
    void hasAWord(String log, Reason reason) {
        assertThat(BuildFailure.read(log)).isEqualTo(new StatusReason(reason, log));
    }
}
