package dev.hearth.git;

import dev.hearth.destination.Destination;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.transport.URIish;

/** Resolves the host of a URL once, so that the address that was checked is the one that is connected to. */
final class CheckedAddress {
    private CheckedAddress() {}

    /**
     * Returns the address to connect to. It has no name that could be resolved again.
     *
     * @throws IOException if the host does not resolve, or has an address to which Hearth never connects
     */
    static InetSocketAddress of(URIish uri, int defaultPort, boolean loopback) throws IOException {
        var address = InetAddress.getByName(uri.getHost());
        var refusal = Destination.refusal(address.getHostAddress(), loopback);
        if (refusal.isPresent()) {
            throw new TransportException(uri, refusal.get());
        }
        return new InetSocketAddress(InetAddress.getByAddress(address.getAddress()), port(uri, defaultPort));
    }

    static int port(URIish uri, int defaultPort) {
        return uri.getPort() > 0 ? uri.getPort() : defaultPort;
    }
}
