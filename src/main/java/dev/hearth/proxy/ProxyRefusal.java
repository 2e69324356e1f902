package dev.hearth.proxy;

import java.io.IOException;

/** The proxy asks for another login. */
public final class ProxyRefusal extends IOException {
    public ProxyRefusal() {
        super("the proxy of the operator refuses its login: an admin corrects proxy.secretName of the chart");
    }
}
