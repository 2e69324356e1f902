package dev.hearth.core.network;

import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/** Address ranges with a special meaning, which steps or configured hosts must not reach. */
public final class ReservedRanges {
    /** Contains node-local DNS servers, and the metadata services of most clouds. */
    public static final AddressRange LINK_LOCAL = AddressRange.parse("169.254.0.0/16");

    /** The metadata service of nearly all clouds, which gives a node its credentials. */
    public static final AddressRange METADATA_SERVICE = AddressRange.of("169.254.169.254");

    /** Metadata services and other link-local hosts. No step may reach them, since they give a node its credentials. */
    public static final List<AddressRange> METADATA = withNat64(Stream.of(
                    LINK_LOCAL.text(),
                    "fe80::/10",
                    "168.63.129.16/32", // Azure
                    "100.100.100.200/32", // Alibaba
                    "192.0.0.192/32", // Oracle, the older one
                    "fd00:ec2::/32", // AWS: metadata, pod identity, DNS, time
                    "fd20:ce::254/128", // Google
                    "fd00:c1::a9fe:a9fe/128", // Oracle
                    "fd00:42::42/128", // Scaleway
                    "2002::/16") // 6to4, obsolete: contains an address for each IPv4 address
            .map(AddressRange::parse)
            .toList());

    /**
     * Networks of companies, clouds and clusters. IPv4-mapped IPv6 addresses ({@code ::ffff:0:0/96}) are missing, since
     * kernels send to them by IPv4.
     */
    public static final List<AddressRange> PRIVATE = withNat64(Stream.of(
                    "10.0.0.0/8",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "100.64.0.0/10", // carrier-grade NAT, also used in clouds
                    "192.0.0.0/24",
                    "198.18.0.0/15",
                    "224.0.0.0/4", // multicast
                    "240.0.0.0/4", // reserved, sometimes used for pods
                    "fc00::/7",
                    "fec0::/10", // the predecessor of fc00::/7
                    "ff00::/8", // multicast
                    "64:ff9b:1::/48") // local NAT64, which may lead to any IPv4 address
            .map(AddressRange::parse)
            .toList());

    /** Addresses of the host itself. */
    public static final List<AddressRange> LOOPBACK = List.of(
            AddressRange.parse("127.0.0.0/8"),
            AddressRange.parse("0.0.0.0/8"),
            AddressRange.of("::1"),
            AddressRange.of("::"));

    private ReservedRanges() {}

    /** Whether one of the ranges contains an address. */
    public static boolean contain(Collection<AddressRange> ranges, InetAddress address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }

    private static List<AddressRange> withNat64(List<AddressRange> ranges) {
        return Stream.concat(
                        ranges.stream(),
                        ranges.stream().filter(range -> !range.isIpv6()).map(AddressRange::nat64))
                .toList();
    }
}
