package dev.hearth.proxy;

import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP proxy through which the operator reaches git servers and forges. Java has one for the whole process,
 * which JGit asks too. The API server, and git servers over SSH and the git protocol, are reached without it.
 */
public final class OutboundProxy extends ProxySelector {
    private static final List<Proxy> DIRECT = List.of(Proxy.NO_PROXY);
    private static final int LAST_PORT = 65_535;

    /** Kinds of logins with which Java answers a 407 that comes as the answer to a request, and not to CONNECT. */
    private static final String ANSWERED_NOT = "jdk.http.auth.proxying.disabledSchemes";

    private final InetSocketAddress address;
    private final DirectHosts direct;
    private final @Nullable Login login;

    /** What the proxy asks for, in ASCII: clients do not agree on how other characters are sent. */
    public record Login(String username, String password) {
        public Login {
            if (!StandardCharsets.US_ASCII.newEncoder().canEncode(username + password)) {
                throw new IllegalArgumentException(
                        "the login of the proxy has characters that are not ASCII: choose another password");
            }
        }

        private String header() {
            return "Basic "
                    + Base64.getEncoder().encodeToString((username + ":" + password).getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String toString() {
            return "Login[username=" + username + "]";
        }
    }

    private OutboundProxy(InetSocketAddress address, DirectHosts direct, @Nullable Login login) {
        this.address = address;
        this.direct = direct;
        this.login = login;
    }

    /**
     * Returns a proxy. Throws IllegalArgumentException with a message for users if it is none.
     *
     * @param url such as {@code http://proxy.example:3128}
     * @param direct names, addresses and ranges of hosts that are reached without it
     * @param login null if it asks for none
     */
    public static OutboundProxy of(String url, Collection<String> direct, @Nullable Login login) {
        try {
            var uri = new URI(url);
            if ("http".equals(uri.getScheme())
                    && uri.getHost() != null
                    && uri.getPort() > 0
                    && uri.getPort() <= LAST_PORT
                    && uri.getRawUserInfo() == null
                    && (uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))) {
                var address = InetSocketAddress.createUnresolved(uri.getHost(), uri.getPort());
                return new OutboundProxy(address, DirectHosts.parse(direct), login);
            }
        } catch (URISyntaxException e) {
            // said below, without the URL: it may have a password
        }
        throw new IllegalArgumentException(
                "hearth.proxy.url is no URL of an HTTP proxy: write it as http://HOST:PORT, and a login into a Secret");
    }

    /**
     * Makes this the proxy of the process. Throws IllegalStateException if it has a login that Java would give to servers
     * behind it as well: a server that answers 407 within the tunnel, which Java takes for an answer of the proxy.
     */
    public void install() {
        if (login != null && !System.getProperty(ANSWERED_NOT, "").contains("Basic")) {
            throw new IllegalStateException("start the JVM with -D" + ANSWERED_NOT + "=Basic, as the image does");
        }
        ProxySelector.setDefault(this);
        if (login != null) {
            Authenticator.setDefault(new ForProxy(address, login));
        }
    }

    @Override
    public List<Proxy> select(URI uri) {
        return isFor(uri) ? List.of(new Proxy(Proxy.Type.HTTP, address)) : DIRECT;
    }

    private boolean isFor(URI uri) {
        var scheme = uri.getScheme();
        return uri.getHost() != null
                && ("https".equalsIgnoreCase(scheme) || "http".equalsIgnoreCase(scheme))
                && !direct.contains(uri.getHost());
    }

    @Override
    public void connectFailed(URI uri, SocketAddress proxy, IOException failure) {
        // There is no other way to the host, and the caller reports the failure.
    }

    /** Returns the proxy through which the process reaches a URI. Empty if it needs none. */
    public static Optional<OutboundProxy> of(URI uri) {
        return ProxySelector.getDefault() instanceof OutboundProxy proxy && proxy.isFor(uri)
                ? Optional.of(proxy)
                : Optional.empty();
    }

    /** Returns the value of the header Proxy-Authorization. Empty if the proxy asks for no login. */
    public Optional<String> authorization() {
        return Optional.ofNullable(login).map(Login::header);
    }

    /** Gives the login to this proxy, and nothing to anybody else who asks. */
    private static final class ForProxy extends Authenticator {
        private final InetSocketAddress address;
        private final Login login;

        ForProxy(InetSocketAddress address, Login login) {
            this.address = address;
            this.login = login;
        }

        @Override
        protected @Nullable PasswordAuthentication getPasswordAuthentication() {
            return getRequestorType() == RequestorType.PROXY
                            && getRequestingPort() == address.getPort()
                            && address.getHostString().equalsIgnoreCase(getRequestingHost())
                    ? new PasswordAuthentication(
                            login.username(), login.password().toCharArray())
                    : null;
        }
    }
}
