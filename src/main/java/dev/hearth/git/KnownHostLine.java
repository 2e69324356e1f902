package dev.hearth.git;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.sshd.client.config.hosts.KnownHostHashValue;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;

/**
 * A line of a file {@code known_hosts}. It matches names as OpenSSH does, which the library does not: that ignores patterns
 * with a wildcard for a server on another port, and needs a time without limit for some.
 *
 * @param marker with its at sign; empty for a trusted key
 * @param names patterns of names between commas, or one hashed name
 * @param keyText type and content of the key
 */
record KnownHostLine(String marker, String names, String keyText) {
    private static final String HASHED = "|";
    private static final String NOT = "!";

    /** Reads a line. Empty if it is none of a key. */
    static Optional<KnownHostLine> of(String line) {
        var fields = new ArrayList<>(List.of(line.strip().split("[ \\t]+")));
        var marker = fields.getFirst().startsWith("@") ? fields.removeFirst() : "";
        return fields.size() < 3 || fields.getFirst().startsWith("#")
                ? Optional.empty()
                : Optional.of(new KnownHostLine(marker, fields.get(0), fields.get(1) + " " + fields.get(2)));
    }

    /**
     * Whether the line is of a server.
     *
     * @param host in lower case
     */
    boolean isOf(String host, int port) {
        if (names.startsWith(HASHED)) {
            return isHashOf(host, port);
        }
        var name = KnownHostHashValue.createHostPattern(host, port); // [host]:port unless that is 22
        var found = false;
        for (String pattern : names.toLowerCase(Locale.ROOT).split(",", -1)) {
            var negated = pattern.startsWith(NOT);
            if (matches(negated ? pattern.substring(1) : pattern, name)) {
                if (negated) {
                    return false;
                }
                found = true;
            }
        }
        return found;
    }

    @SuppressWarnings("IllegalCatch") // the parser throws whatever the text makes it throw
    private boolean isHashOf(String host, int port) {
        try {
            return KnownHostHashValue.parse(names).isHostMatch(host, port);
        } catch (RuntimeException e) {
            return false;
        }
    }

    /**
     * Whether a pattern of characters, {@code *} and {@code ?} matches. If the text behind an asterisk does not, only the last
     * asterisk takes one more character, so the time is at most that of both lengths multiplied.
     */
    private static boolean matches(String pattern, String name) {
        var at = 0;
        var asterisk = -1;
        var taken = 0; // end of what the last asterisk matches
        for (int next = 0; next < name.length(); ) {
            if (at < pattern.length() && pattern.charAt(at) == '*') {
                asterisk = at++;
                taken = next;
            } else if (at < pattern.length()
                    && (pattern.charAt(at) == '?' || pattern.charAt(at) == name.charAt(next))) {
                at++;
                next++;
            } else if (asterisk >= 0) {
                at = asterisk + 1;
                next = ++taken;
            } else {
                return false;
            }
        }
        return pattern.substring(at).chars().allMatch(it -> it == '*');
    }

    /** Returns the key. Empty if it cannot be read. */
    @SuppressWarnings("IllegalCatch") // the parser throws whatever the text makes it throw
    Optional<PublicKey> key() {
        try {
            return Optional.ofNullable(PublicKeyEntry.parsePublicKeyEntry(keyText)
                    .resolvePublicKey(null, null, PublicKeyEntryResolver.IGNORING));
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            return Optional.empty();
        }
    }
}
