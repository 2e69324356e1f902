package dev.hearth.git;

import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.signature.Signature;

/**
 * The keys by which a server is recognized. Certificates of hosts are not supported.
 *
 * @param trusted keys that the server may have
 * @param revoked keys that it must not have
 */
record KnownHosts(List<PublicKey> trusted, List<PublicKey> revoked) {
    /** Far more than the keys of one server need. */
    static final int LONGEST = 64 << 10;

    private static final int SSH = 22;
    private static final String CERTIFICATE = "-cert-";

    /**
     * Reads the keys of a host. As OpenSSH does, it skips lines that it does not understand, and uses a line without port for
     * another port if no line names that.
     *
     * @param text content of a file {@code known_hosts}, at most {@link #LONGEST} characters
     * @param host in lower case
     */
    static KnownHosts of(String text, String host, int port) {
        var lines =
                text.lines().flatMap(line -> KnownHostLine.of(line).stream()).toList();
        var named = of(lines, host, port);
        if (!named.trusted().isEmpty() || port == SSH) {
            return named;
        }
        var plain = of(lines, host, SSH);
        return new KnownHosts(
                plain.trusted(),
                Stream.concat(named.revoked().stream(), plain.revoked().stream())
                        .toList());
    }

    private static KnownHosts of(List<KnownHostLine> lines, String host, int port) {
        var trusted = new ArrayList<PublicKey>();
        var revoked = new ArrayList<PublicKey>();
        for (KnownHostLine line : lines) {
            if (line.isOf(host, port)) {
                switch (line.marker()) {
                    case "" -> line.key().ifPresent(trusted::add);
                    case "@revoked" -> line.key().ifPresent(revoked::add);
                    default -> {
                        // an authority that signs certificates
                    }
                }
            }
        }
        return new KnownHosts(List.copyOf(trusted), List.copyOf(revoked));
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
