package dev.hearth.pod.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClosedNetworkHintTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            SourceFetchFailed    | fatal: unable to access 'https://git.corp/a.git/': Failed to connect to git.corp port 443: Connection timed out | true
            SourceFetchFailed    | fatal: could not read Username for 'https://git.corp': terminal prompts disabled                              | false
            BaseImageUnavailable | failed to do request: Head "https://10.1.2.3:5000/v2/": dial tcp 10.1.2.3:5000: i/o timeout                     | true
            BaseImageUnavailable | dial tcp 140.82.121.3:443: i/o timeout                                                                         | false
            BaseImageUnavailable | read tcp 10.244.1.5:43210->140.82.121.3:443: i/o timeout                                                       | false
            BaseImageUnavailable | dial tcp [2606:4700::1]:443: i/o timeout                                                                       | false
            BaseImageUnavailable | dial tcp [fd12::7]:5000: i/o timeout                                                                           | true
            DockerfileNotFound   | failed to read dockerfile: failed to fetch remote: fatal: unable to look up git.corp: No route to host         | true
            PushFailed           | failed to push registry.corp/app: dial tcp 192.168.0.9:443: connect: connection refused                        | true
            PushFailed           | failed to push registry.corp/app: denied                                                                       | false
            PublishFailed        | the registry registry.corp does not answer: check that it runs                                              | true
            ArtifactFetchFailed  | the registry registry.corp does not answer: check that it runs                                              | true
            BuildFailed          | make: connection refused                                                                                       | false
            """)
    void whatGotNoAnswerIsExplained(Reason reason, String message, boolean explained) {
        var said = ClosedNetworkHint.explain(new StatusReason(reason, message));

        assertThat(said.reason()).isEqualTo(reason);
        assertThat(said.message()).contains(message);
        assertThat(said.message().contains("network.untrusted.allow")).isEqualTo(explained);
    }
}
