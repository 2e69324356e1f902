package dev.hearth.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DirectHostsTest {
    private static final DirectHosts DIRECT =
            DirectHosts.parse(List.of("svc", ".Example.com", "*.corp", "10.0.0.0/8", "192.0.2.7", "fd00::/8"));

    @ParameterizedTest
    @CsvSource({
        "gitea.git.svc, true",
        "svc, true",
        "gitea.svc., true",
        "notsvc, false",
        "svc.test, false",
        "EXAMPLE.com, true",
        "git.example.com, true",
        "badexample.com, false",
        "a.corp, true",
        "10.9.8.7, true",
        "11.9.8.7, false",
        "192.0.2.7, true",
        "192.0.2.8, false",
        "[fd12::1], true",
        "[2001:db8::1], false",
        "127.0.0.1, true",
        "[::1], true",
        "localhost, true",
        "10.0.0.1.example.org, false"
    })
    void namesCoverWhatIsBelowThemAndRangesAddresses(String host, boolean direct) {
        assertThat(DIRECT.contains(host)).isEqualTo(direct);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "*", "a b", "http://a", "a:80", "10.0.0.0/99", "-"})
    void refusesWhatIsNoHost(String entry) {
        assertThatThrownBy(() -> DirectHosts.parse(List.of(entry))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void proxyHasAHostAndAPortAndNoLogin() {
        for (var wrong : List.of(
                "proxy:3128",
                "https://proxy:3128",
                "http://proxy",
                "http://a:b@proxy:1",
                "http://p:1/x",
                "http://p:65536",
                "http:// ")) {
            assertThatThrownBy(() -> OutboundProxy.of(wrong, List.of(), null))
                    .as(wrong)
                    .hasMessageContaining("http://HOST:PORT")
                    .hasMessageNotContaining("a:b");
        }
    }
}
