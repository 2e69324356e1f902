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
            failed to read dockerfile: failed to fetch remote git://a/b.git: git stderr: fatal: unable to connect to a: a[0: 10.43.13.77]: errno=Connection refused | RepositoryUnreachable
            failed to read dockerfile: failed to fetch remote https://a/b.git: git stderr: fatal: unable to access 'https://a/b.git/': The requested URL returned error: 503 | RepositoryUnreachable
            failed to read dockerfile: failed to fetch remote https://a/b.git: git stderr: fatal: unable to access 'https://a/b.git/': The requested URL returned error: 403 | SourceFetchFailed
            error: failed to solve: failed to push registry.corp:5000/app: failed to do request: Head "https://registry.corp:5000/v2/app/blobs/sha256:8f": dial tcp: lookup registry.corp on 10.43.0.10:53: no such host | RegistryUnavailable
            error: failed to solve: failed to push registry.corp/app: unexpected status from POST request to https://registry.corp/v2/app/blobs/uploads/: 503 Service Unavailable | RegistryUnavailable
            error: failed to solve: failed to push registry.corp/app: unexpected status from POST request to https://registry.corp/v2/app/blobs/uploads/: 403 Forbidden | PushFailed
            #9 1.2 failed to push metrics: dial tcp 127.0.0.1:9091: connect: connection refused | BuildFailed
            error: failed to solve: busybox: failed to resolve source metadata for docker.io/library/busybox:latest: failed to do request: Head "https://registry-1.docker.io/v2/": dial tcp 1.2.3.4:443: i/o timeout | RegistryUnavailable
            error: failed to solve: busybox: failed to resolve source metadata for docker.io/library/nosuch:1: docker.io/library/nosuch:1: not found | BaseImageUnavailable
            write /usr/lib/x: no space left on device                                       | OutOfSpace
            process "/bin/sh -c make overlay" did not complete successfully: exit code: 2   | BuildFailed
            """)
    void hasAWord(String log, Reason reason) {
        assertThat(BuildFailure.read(log)).isEqualTo(new StatusReason(reason, log));
    }
}
