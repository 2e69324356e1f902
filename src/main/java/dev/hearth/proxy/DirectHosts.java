package dev.hearth.proxy;

import dev.hearth.core.network.AddressRange;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Hosts that are reached without a proxy. A name means itself and all names below it; an address or a range means hosts
 * that are written as an address, since no name is resolved for this. Loopback addresses are always direct.
 */
record DirectHosts(List<String> names, List<AddressRange> ranges) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?");

    /** Parses entries such as {@code svc}, {@code .example}, {@code 10.1.2.3} and {@code 10.0.0.0/8}. */
    static DirectHosts parse(Collection<String> entries) {
        var names = new ArrayList<>(List.of("localhost"));
        var ranges = new ArrayList<>(List.of(AddressRange.parse("127.0.0.0/8"), AddressRange.of("::1")));
        for (String entry : entries) {
            if (entry.contains("/")) {
                ranges.add(AddressRange.parse(entry));
            } else if (literal(entry).isPresent()) {
                ranges.add(AddressRange.of(entry));
            } else {
                names.add(name(entry));
            }
        }
        return new DirectHosts(List.copyOf(names), List.copyOf(ranges));
    }

    private static String name(String entry) {
        var name = entry.toLowerCase(Locale.ROOT).replaceFirst("^(\\*?\\.)", "");
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + entry
                    + "' is no host name, address or range: write it as example.com, 10.1.2.3 or 10.0.0.0/8");
        }
        return name;
    }

    /**
     * Returns whether a host is reached without the proxy.
     *
     * @param host as in a URL: an IPv6 address is in brackets
     */
    boolean contains(String host) {
        var bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        return literal(bare)
                .map(address -> ranges.stream().anyMatch(range -> range.contains(address)))
                .orElseGet(() -> isBelow(bare.toLowerCase(Locale.ROOT)));
    }

    private boolean isBelow(String host) {
        var name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        return names.stream().anyMatch(direct -> name.equals(direct) || name.endsWith("." + direct));
    }

    private static Optional<InetAddress> literal(String host) {
        try {
            return Optional.of(InetAddress.ofLiteral(host));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
