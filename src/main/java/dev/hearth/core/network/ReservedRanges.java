package dev.hearth.core.network;

import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/** Ranges of addresses that have a meaning of their own, with what must not lead there. */
public final class ReservedRanges {
    /** DNS servers that clusters run on each node are here, and the metadata services of most clouds. */
    public static final AddressRange LINK_LOCAL = AddressRange.parse("169.254.0.0/16");

    /** Where nearly every cloud tells a node who it is and gives it credentials. */
    public static final AddressRange METADATA_SERVICE = AddressRange.of("169.254.169.254");

    /** Metadata services and other link-local hosts, which give a node its credentials: no step may reach them. */
    public static final List<AddressRange> METADATA = both(Stream.of(
                    LINK_LOCAL.text(),
                    "fe80::/10",
                    "168.63.129.16/32", // Azure
                    "100.100.100.200/32", // Alibaba
                    "192.0.0.192/32", // Oracle, the older one
                    "fd00:ec2::/32", // AWS: metadata, pod identity, DNS, time
                    "fd20:ce::254/128", // Google
                    "fd00:c1::a9fe:a9fe/128", // Oracle
                    "fd00:42::42/128", // Scaleway
                    "2002::/16") // 6to4, obsolete: each address is one of IPv4, these among them
            .map(AddressRange::parse)
            .toList());

    /**
     * What is not the internet: networks of companies, clouds and clusters. IPv4 addresses that are written as IPv6 ones
     * ({@code ::ffff:0:0/96}) are missing, since every kernel sends to them by IPv4.
     */
    public static final List<AddressRange> PRIVATE = both(Stream.of(
                    "10.0.0.0/8",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "100.64.0.0/10", // behind carriers' NAT, and in clouds
                    "192.0.0.0/24",
                    "198.18.0.0/15",
                    "224.0.0.0/4", // multicast
                    "240.0.0.0/4", // used for pods where nothing else is free
                    "fc00::/7",
                    "fec0::/10", // what fc00::/7 was before
                    "ff00::/8", // multicast
                    "64:ff9b:1::/48") // NAT64 of an operator's own, where any IPv4 address can be behind
            .map(AddressRange::parse)
            .toList());

    /** Addresses by which a host reaches itself. */
    public static final List<AddressRange> LOOPBACK = List.of(
            AddressRange.parse("127.0.0.0/8"),
            AddressRange.parse("0.0.0.0/8"),
            AddressRange.of("::1"),
            AddressRange.of("::"));

    private ReservedRanges() {}

    /** Whether any of some ranges has an address. */
    public static boolean contain(Collection<AddressRange> ranges, InetAddress address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }

    private static List<AddressRange> both(List<AddressRange> ranges) {
        return Stream.concat(
                        ranges.stream(),
                        ranges.stream().filter(range -> !range.isIpv6()).map(AddressRange::nat64))
                .toList();
    }
}
