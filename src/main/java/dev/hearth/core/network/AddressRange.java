package dev.hearth.core.network;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * A range of IP addresses, such as {@code 10.0.0.0/8}.
 *
 * @param text as it was written
 * @param bits the address in it, as a number
 * @param length of an address in bits: 32 or 128
 * @param prefix how many of them all addresses of the range share
 */
public record AddressRange(String text, BigInteger bits, int length, int prefix) {
    /** Four numbers, though Java takes less. */
    private static final Pattern WRITTEN =
            Pattern.compile("((?:[0-9]{1,3}\\.){3}[0-9]{1,3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)/([0-9]{1,3})");

    /** Throws IllegalArgumentException, with what is wrong, for anything but an address, a slash and a length. */
    public static AddressRange parse(String text) {
        var parts = WRITTEN.matcher(text);
        if (!parts.matches()) {
            throw invalid(text);
        }
        try {
            // Of a literal: no name is ever looked up.
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

    /** The range of one address. */
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

    /** Whether all of another range is in this one. */
    public boolean contains(AddressRange other) {
        return other.length == length && other.prefix >= prefix && shares(other.bits);
    }

    /** The same addresses behind the well-known prefix of NAT64, by which hosts without IPv4 reach them. */
    AddressRange nat64() {
        var embedded = "64:ff9b::%x:%x".formatted(bits.shiftRight(16).intValue(), bits.intValue() & 0xffff);
        return parse(embedded + "/" + (96 + prefix));
    }

    private boolean shares(BigInteger address) {
        return bits.xor(address).shiftRight(length - prefix).signum() == 0;
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException(
                "'" + text + "' is no range of addresses: write it as 10.1.0.0/16 or fd00:1::/64");
    }

    @Override
    public String toString() {
        return text;
    }
}
