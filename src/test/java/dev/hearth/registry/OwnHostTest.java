package dev.hearth.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import dev.hearth.budget.ResponseBudget;
import dev.hearth.budget.ResponseLimits;
import dev.hearth.destination.Destination;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pipelines and the registries that they name lead to the operator's own host. */
@Timeout(60)
class OwnHostTest {
    private static final ResponseBudget BUDGET = new ResponseBudget(ResponseLimits.ofHeap(300L << 20));

    private final AtomicInteger inside = new AtomicInteger();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(0), 0);
        server.createContext("/inside", exchange -> {
            try (exchange) {
                inside.incrementAndGet();
                exchange.sendResponseHeaders(200, -1);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void isNotAskedForAnImage() {
        answer(200, "Content-Type", "text/plain");

        refused("127.0.0.1");
    }

    @Test
    void isNotFollowedTo() throws IOException {
        answer(307, "Location", own("/inside/manifest"));

        refused(elsewhere());
    }

    @Test
    void isNotAskedForAToken() throws IOException {
        answer(401, "WWW-Authenticate", "Bearer realm=\"" + own("/inside/token") + "\"");

        refused(elsewhere());
    }

    private void answer(int status, String header, String value) {
        server.createContext("/v2/", exchange -> {
            try (exchange) {
                if (exchange.getLocalAddress().getAddress().isLoopbackAddress()) {
                    inside.incrementAndGet();
                }
                exchange.getResponseHeaders().add(header, value);
                exchange.sendResponseHeaders(status, -1);
            }
        });
    }

    private void refused(String host) {
        var repository = host + ":" + server.getAddress().getPort() + "/team/app";
        var image = new PlatformImage("linux/amd64", RegistryServer.digest("image"));

        var failure = catchThrowableOfType(
                RegistryException.class,
                () -> new ImageIndexes(BUDGET, false)
                        .publish("tests", repository, List.of(image), List.of("main"), null, true));

        assertThat(failure)
                .hasMessageContaining("is at, or redirects to, a host that is not allowed: 127.0.0.1 is at 127.0.0.1, a"
                        + " loopback address");
        assertThat(failure.isTransient()).isFalse();
        assertThat(inside).hasValue(0);
    }

    private String own(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    /** An address of this machine that is not refused. */
    private static String elsewhere() throws IOException {
        var address = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(Inet4Address.class::isInstance)
                .map(InetAddress::getHostAddress)
                .filter(it -> Destination.refusal(it, false).isEmpty())
                .findFirst();
        assertThat(address).as("an address of a network").isPresent();
        return address.orElseThrow();
    }
}
