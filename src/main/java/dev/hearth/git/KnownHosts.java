package dev.hearth.git;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.sshd.client.config.hosts.KnownHostEntry;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.signature.Signature;

/**
 * The keys by which a server is recognized. Certificates of hosts are not supported.
 *
 * @param trusted keys that the server may have
 * @param revoked keys that it must not have
 */
record KnownHosts(List<PublicKey> trusted, List<PublicKey> revoked) {
    private static final int SSH = 22;
    private static final String CERTIFICATE = "-cert-";

    /**
     * Reads the keys of a host. As OpenSSH does, it skips lines that it does not understand, and uses a line without port for
     * another port if no line names that.
     *
     * @param text content of a file {@code known_hosts}
     */
    static KnownHosts of(String text, String host, int port) {
        var entries = text.lines().flatMap(line -> entry(line).stream()).toList();
        var named = of(entries, host, port);
        return named.trusted().isEmpty() && port != SSH ? of(entries, host, SSH) : named;
    }

    private static KnownHosts of(List<KnownHostEntry> entries, String host, int port) {
        var trusted = new ArrayList<PublicKey>();
        var revoked = new ArrayList<PublicKey>();
        for (KnownHostEntry entry : entries) {
            if (entry.isHostMatch(host, port)) {
                switch (Objects.requireNonNullElse(entry.getMarker(), "")) {
                    case "" -> key(entry).ifPresent(trusted::add);
                    case "revoked" -> key(entry).ifPresent(revoked::add);
                    default -> {
                        // an authority that signs certificates
                    }
                }
            }
        }
        return new KnownHosts(List.copyOf(trusted), List.copyOf(revoked));
    }

    @SuppressWarnings("IllegalCatch") // the parser throws whatever the text makes it throw
    private static Optional<KnownHostEntry> entry(String line) {
        try {
            return Optional.ofNullable(KnownHostEntry.parseKnownHostEntry(line.strip()));
        } catch (RuntimeException e) {
            return Optional.empty();
        }
    }

    @SuppressWarnings("IllegalCatch")
    private static Optional<PublicKey> key(KnownHostEntry entry) {
        try {
            return Optional.ofNullable(entry.getKeyEntry().resolvePublicKey(null, PublicKeyEntryResolver.IGNORING));
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            return Optional.empty();
        }
    }

    boolean accepts(PublicKey key) {
        return trusted.stream().anyMatch(it -> KeyUtils.compareKeys(it, key))
                && revoked.stream().noneMatch(it -> KeyUtils.compareKeys(it, key));
    }

    /** Puts the signatures of keys that are trusted first: a server has keys of several types, and shows the first that fits. */
    List<NamedFactory<Signature>> order(List<NamedFactory<Signature>> signatures) {
        var types = trusted.stream().map(KeyUtils::getKeyType).collect(Collectors.toSet());
        return signatures.stream()
                .filter(signature -> !signature.getName().contains(CERTIFICATE))
                .sorted(Comparator.comparing(
                        signature -> !types.contains(KeyUtils.getCanonicalKeyType(signature.getName()))))
                .toList();
    }
}
