package dev.hearth.destination;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationTest {

    /** In every spelling that Java connects to. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "169.254.169.254",
                "2852039166",
                "169.16689662",
                "[::ffff:169.254.169.254]",
                "[fd00:ec2::254]",
                "168.63.129.16",
                "100.100.100.200",
                "[fe80::1]"
            })
    void refusesAddressesOfMetadata(String host) {
        assertThat(Destination.refusal(host, true))
                .hasValueSatisfying(why -> assertThat(why).contains("metadata address"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1", "127.1", "[::1]", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]"})
    void knowsTheOperatorsOwn(String host) {
        assertThat(Destination.isLoopback(host)).isTrue();
        assertThat(Destination.refusal(host, false))
                .hasValueSatisfying(why -> assertThat(why).contains("loopback address"));
        assertThat(Destination.refusal(host, true)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.43.0.7", "93.184.216.34", "[2606:50c0::153]", "nosuch.invalid"})
    void refusesNothingElse(String host) {
        assertThat(Destination.refusal(host, false)).isEmpty();
        assertThat(Destination.isLoopback(host)).isFalse();
    }
}
