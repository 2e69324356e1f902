package dev.hearth.core.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangeTest {

    /** Compares with the definition: the leading bits, one after the other. */
    @Property
    void containsAddressesWithTheSameLeadingBits(
            @ForAll @Size(4) byte[] first, @ForAll @Size(4) byte[] second, @ForAll @IntRange(max = 32) int prefix)
            throws Exception {
        var one = InetAddress.getByAddress(first);
        var other = InetAddress.getByAddress(second);
        var same = true;
        for (var bit = 0; bit < prefix; bit++) {
            same &= bit(first, bit) == bit(second, bit);
        }

        assertThat(AddressRange.parse(one.getHostAddress() + "/" + prefix).contains(other))
                .isEqualTo(same);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.42.0.0/16, true",
        "10.42.0.0/16, 10.0.0.0/8, false",
        "10.0.0.0/8, 10.0.0.0/8, true",
        "10.0.0.0/8, 11.0.0.0/16, false",
        "::/0, 10.0.0.0/8, false",
        "fc00::/7, fd00:ec2::/32, true"
    })
    void containsNarrowerRangesInside(String range, String other, boolean expected) {
        assertThat(AddressRange.parse(range).contains(AddressRange.parse(other)))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "localhost/8", "10.0.0.0/-1", "1/x"
            })
    void rejectsTextsThatAreNotRanges(String text) {
        assertThatThrownBy(() -> AddressRange.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("10.1.0.0/16");
    }

    @Test
    void parsesRangesWithAPort() {
        assertThat(AllowedRange.parse("fd00::1/128:5000"))
                .returns("fd00::1/128", it -> it.range().text())
                .returns(5000, it -> it.port().orElseThrow());
        assertThat(AllowedRange.parse("10.0.0.0/8").port()).isEmpty();
        assertThatThrownBy(() -> AllowedRange.parse("10.0.0.0/8:70000")).hasMessageContaining("port");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "169.254.169.254",
                "::ffff:169.254.169.254", // the same to every kernel
                "64:ff9b::169.254.169.254",
                "64:ff9b::168.63.129.16",
                "64:ff9b::100.100.100.200",
                "2002:a9fe:a9fe::1",
                "169.254.170.2",
                "168.63.129.16",
                "100.100.100.200",
                "192.0.0.192",
                "fe80::a9fe:a9fe",
                "fd00:ec2::254",
                "fd00:ec2::23",
                "fd20:ce::254",
                "fd00:c1::a9fe:a9fe"
            })
    void recognizesMetadataServices(String address) {
        assertThat(ReservedRanges.contain(ReservedRanges.METADATA, InetAddress.ofLiteral(address)))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.43.7.7", "192.168.1.1", "140.82.121.3", "fd00:43::7", "2606:50c0::153"})
    void doesNotTakeOtherServersForMetadataServices(String address) {
        assertThat(ReservedRanges.contain(ReservedRanges.METADATA, InetAddress.ofLiteral(address)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.1.2.3",
                "172.31.255.255",
                "192.168.0.1",
                "100.64.0.1",
                "100.127.255.255",
                "198.19.0.1",
                "241.0.0.1",
                "fd12::1",
                "fc00::1",
                "fec0::1",
                "ff02::fb",
                "224.0.0.251",
                "::ffff:10.1.2.3",
                "64:ff9b:1::10.1.2.3",
                "64:ff9b::10.1.2.3",
                "64:ff9b::192.168.0.1"
            })
    void recognizesPrivateNetworks(String address) {
        assertThat(ReservedRanges.contain(ReservedRanges.PRIVATE, InetAddress.ofLiteral(address)))
                .isTrue();
    }

    @Test
    void recognizesLoopbackOfBothProtocols() {
        assertThat(Stream.of("127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::"))
                .allSatisfy(it -> assertThat(ReservedRanges.contain(ReservedRanges.LOOPBACK, InetAddress.ofLiteral(it)))
                        .isTrue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"9.255.255.255", "172.32.0.1", "100.128.0.1", "8.8.8.8", "2001:db8::1", "64:ff9b::8.8.8.8"})
    void doesNotTakeTheInternetForPrivateNetworks(String address) {
        assertThat(ReservedRanges.contain(ReservedRanges.PRIVATE, InetAddress.ofLiteral(address)))
                .isFalse();
    }

    private static int bit(byte[] bytes, int index) {
        return bytes[index / 8] >> (7 - index % 8) & 1;
    }
}
