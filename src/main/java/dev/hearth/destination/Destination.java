package dev.hearth.destination;

import dev.hearth.core.network.ReservedRanges;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Checks the addresses of a host that a pipeline names. The operator can reach addresses that pipelines must not reach,
 * such as metadata services, and does not connect to them. To be called directly before connecting: Java caches the
 * addresses of a name for some seconds, so the connection uses an address that was checked.
 */
public final class Destination {
    private Destination() {}

    /**
     * Returns why the operator does not connect to a host. Empty if it may connect, or if the name does not resolve,
     * which connecting reports.
     *
     * @param host name or address
     * @param loopback whether loopback addresses are allowed
     */
    public static Optional<String> refusal(String host, boolean loopback) {
        return addresses(host)
                .flatMap(it -> reservedKind(it, loopback)
                        .map(kind -> host + " is at " + it.getHostAddress() + ", " + kind
                                + " address, to which Hearth never connects")
                        .stream())
                .findFirst();
    }

    private static Optional<String> reservedKind(InetAddress address, boolean loopback) {
        if (ReservedRanges.contain(ReservedRanges.METADATA, address)) {
            return Optional.of("a link-local or metadata");
        }
        return !loopback && ReservedRanges.contain(ReservedRanges.LOOPBACK, address)
                ? Optional.of("a loopback")
                : Optional.empty();
    }

    /** Whether a host has a loopback address. */
    public static boolean isLoopback(String host) {
        return addresses(host).anyMatch(it -> ReservedRanges.contain(ReservedRanges.LOOPBACK, it));
    }

    /** What a proxy may take for an address though Java does not, such as 0xa9fea9fe. */
    private static Stream<InetAddress> posix(String host) {
        try {
            return Stream.of(Inet4Address.ofPosixLiteral(host));
        } catch (IllegalArgumentException e) {
            return Stream.empty();
        }
    }

    private static Stream<InetAddress> addresses(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host));
        } catch (UnknownHostException e) {
            return posix(host);
        }
    }
}
