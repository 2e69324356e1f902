package dev.hearth.core.network;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * A range of IP addresses, such as {@code 10.0.0.0/8}.
 *
 * @param text the range as it was written
 * @param bits the address as a number
 * @param length bits of an address: 32 or 128
 * @param prefix number of leading bits that all addresses of the range share
 */
public record AddressRange(String text, BigInteger bits, int length, int prefix) {
    /** IPv4 addresses have four numbers here. Java would accept fewer. */
    private static final Pattern WRITTEN =
            Pattern.compile("((?:[0-9]{1,3}\\.){3}[0-9]{1,3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)/([0-9]{1,3})");

    /** Parses a range. Throws IllegalArgumentException with a message for users if the text is not a range. */
    public static AddressRange parse(String text) {
        var parts = WRITTEN.matcher(text);
        if (!parts.matches()) {
            throw invalid(text);
        }
        try {
            // Parses a literal only, and never resolves a name.
            var bytes = InetAddress.ofLiteral(parts.group(1)).getAddress();
            var prefix = Integer.parseInt(parts.group(2));
            if (prefix > bytes.length * Byte.SIZE) {
                throw invalid(text);
            }
            return new AddressRange(text, new BigInteger(1, bytes), bytes.length * Byte.SIZE, prefix);
        } catch (IllegalArgumentException e) {
            throw invalid(text);
        }
    }

    /** Returns the range of one address. */
    public static AddressRange of(String address) {
        return parse(address + (address.contains(":") ? "/128" : "/32"));
    }

    public boolean isIpv6() {
        return length == 128;
    }

    public boolean contains(InetAddress address) {
        var bytes = address.getAddress();
        return bytes.length * Byte.SIZE == length && shares(new BigInteger(1, bytes));
    }

    /** Whether this range contains all addresses of another range. */
    public boolean contains(AddressRange other) {
        return other.length == length && other.prefix >= prefix && shares(other.bits);
    }

    /** Returns the IPv6 range by which hosts without IPv4 reach this IPv4 range: the well-known prefix of NAT64. */
    AddressRange nat64() {
        var embedded = "64:ff9b::%x:%x".formatted(bits.shiftRight(16).intValue(), bits.intValue() & 0xffff);
        return parse(embedded + "/" + (96 + prefix));
    }

    private boolean shares(BigInteger address) {
        return bits.xor(address).shiftRight(length - prefix).signum() == 0;
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException(
                "'" + text + "' is not an address range: write it as 10.1.0.0/16 or fd00:1::/64");
    }

    @Override
    public String toString() {
        return text;
    }
}
