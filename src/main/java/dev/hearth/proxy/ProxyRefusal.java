package dev.hearth.proxy;

import java.io.IOException;

/** The proxy asks for a login, or for another one. */
public final class ProxyRefusal extends IOException {
    public ProxyRefusal() {
        super(
                "the proxy of the operator asks for a login, or refuses the one it gets: an admin corrects proxy.secretName of the chart");
    }
}
