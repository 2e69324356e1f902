package dev.hearth.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy for tests. It knows one name of no DNS server: all hosts that end in {@code .proxied.test} are at the loopback
 * address, at the port that is asked for.
 */
public final class ConnectProxy implements AutoCloseable {
    private static final String KNOWN = ".proxied.test";

    private final ServerSocket server;
    private final @Nullable String authorization;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<String> requests = new CopyOnWriteArrayList<>();

    private ConnectProxy(ServerSocket server, @Nullable String authorization) {
        this.server = server;
        this.authorization = authorization;
    }

    /** Starts it; {@code authorization} is the header that it asks for, null for none. */
    public static ConnectProxy start(@Nullable String authorization) throws IOException {
        var proxy = new ConnectProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), authorization);
        proxy.threads.execute(proxy::accept);
        return proxy;
    }

    public String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    /** First lines of the requests that it has carried out. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    private void accept() {
        try {
            while (true) {
                var client = server.accept();
                threads.execute(() -> serve(client));
            }
        } catch (IOException e) {
            threads.shutdown(); // it is closed
        }
    }

    private void serve(Socket client) {
        try (client) {
            while (true) {
                var head = head(client.getInputStream());
                if (head.isEmpty()) {
                    return;
                }
                if (authorization == null
                        || head.lines().anyMatch(("Proxy-Authorization: " + authorization)::equalsIgnoreCase)) {
                    carryOut(client, head);
                    return;
                }
                answer(client, "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\"");
            }
        } catch (IOException e) {
            // one end has closed the connection
        }
    }

    private void carryOut(Socket client, String head) throws IOException {
        var line = head.substring(0, head.indexOf("\r\n"));
        var asked = line.substring(line.indexOf(' ') + 1, line.lastIndexOf(' '));
        var target = URI.create(line.startsWith("CONNECT ") ? "https://" + asked : asked);
        if (!target.getHost().toLowerCase(Locale.ROOT).endsWith(KNOWN)) {
            answer(client, "403 Forbidden");
            return;
        }
        requests.add(line);
        try (var host = new Socket(InetAddress.getLoopbackAddress(), target.getPort())) {
            if (line.startsWith("CONNECT ")) {
                client.getOutputStream().write("HTTP/1.1 200 Connected\r\n\r\n".getBytes(ISO_8859_1));
            } else {
                host.getOutputStream().write(head.getBytes(ISO_8859_1));
            }
            threads.execute(() -> pass(host, client));
            client.getInputStream().transferTo(host.getOutputStream());
        }
    }

    private static void pass(Socket from, Socket to) {
        try (from;
                to) {
            OutputStream out = to.getOutputStream();
            from.getInputStream().transferTo(out);
        } catch (IOException e) {
            // one end has closed the connection
        }
    }

    private static void answer(Socket client, String status) throws IOException {
        client.getOutputStream().write(("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n").getBytes(ISO_8859_1));
    }

    /** Reads up to the empty line, and not a byte more. */
    private static String head(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            var next = in.read();
            if (next < 0) {
                return "";
            }
            head.write(next);
        }
        return head.toString(ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}
