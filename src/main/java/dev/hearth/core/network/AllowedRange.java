package dev.hearth.core.network;

import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * A range of addresses that may be reached, such as {@code 10.1.0.0/16}, or at one port only, {@code 10.1.2.3/32:5000}.
 *
 * @param port empty for all ports
 */
public record AllowedRange(AddressRange range, OptionalInt port) {
    private static final Pattern WITH_PORT = Pattern.compile("(.*/[0-9]{1,3}):([0-9]{1,5})");
    private static final int MAX_PORT = 65535;

    /** Parses a range. Throws IllegalArgumentException with a message for users if the text is not a range. */
    public static AllowedRange parse(String text) {
        var parts = WITH_PORT.matcher(text);
        if (!parts.matches()) {
            return new AllowedRange(AddressRange.parse(text), OptionalInt.empty());
        }
        var port = Integer.parseInt(parts.group(2));
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("'" + text + "' has an invalid port: write it as 10.1.2.3/32:5000");
        }
        return new AllowedRange(AddressRange.parse(parts.group(1)), OptionalInt.of(port));
    }
}
