package dev.hearth.destination;

import dev.hearth.core.network.Ranges;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The addresses of a host that a pipeline names. The operator has a place of its own in the network, and connects for nobody to
 * what is only there. Called right before connecting: Java keeps what a name resolved to for some seconds, so the connection
 * goes to an address that was looked at.
 */
public final class Destination {
    private Destination() {}

    /**
     * Why the operator does not connect to a host; empty where it may, and for a name that nobody knows, which connecting tells.
     *
     * @param host a name or an address
     */
    public static Optional<String> refusal(String host) {
        return addresses(host)
                .filter(it -> Ranges.contain(Ranges.METADATA, it))
                .findFirst()
                .map(it -> host + " is at " + it.getHostAddress()
                        + ", a link-local or metadata address, to which Hearth connects for nobody");
    }

    /** Whether a host is the operator's own. */
    public static boolean isLoopback(String host) {
        return addresses(host).anyMatch(it -> Ranges.contain(Ranges.LOOPBACK, it));
    }

    private static Stream<InetAddress> addresses(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host));
        } catch (UnknownHostException e) {
            return Stream.empty();
        }
    }
}
