package dev.hearth.destination;

import dev.hearth.core.network.ReservedRanges;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The addresses of a host that a pipeline names. The operator can reach addresses that pipelines must not reach, such as
 * metadata services, and refuses to connect to them. Called right before connecting: Java keeps what a name resolved to for
 * some seconds, so the connection goes to an address that was looked at.
 */
public final class Destination {
    private Destination() {}

    /**
     * Why the operator refuses to connect to a host; empty if it may connect, or if the name does not resolve, which connecting
     * reports.
     *
     * @param host a name or an address
     * @param loopback whether it may be the operator's own
     */
    public static Optional<String> refusal(String host, boolean loopback) {
        return addresses(host)
                .flatMap(it -> refused(it, loopback)
                        .map(kind -> host + " is at " + it.getHostAddress() + ", " + kind
                                + " address, to which Hearth connects for nobody")
                        .stream())
                .findFirst();
    }

    private static Optional<String> refused(InetAddress address, boolean loopback) {
        if (ReservedRanges.contain(ReservedRanges.METADATA, address)) {
            return Optional.of("a link-local or metadata");
        }
        return !loopback && ReservedRanges.contain(ReservedRanges.LOOPBACK, address)
                ? Optional.of("a loopback")
                : Optional.empty();
    }

    /** Whether a host is the operator's own. */
    public static boolean isLoopback(String host) {
        return addresses(host).anyMatch(it -> ReservedRanges.contain(ReservedRanges.LOOPBACK, it));
    }

    private static Stream<InetAddress> addresses(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host));
        } catch (UnknownHostException e) {
            return Stream.empty();
        }
    }
}
