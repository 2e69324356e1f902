package dev.hearth.worker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Stands before a registry, byte for byte, after it has broken one connection. */
final class BreakingProxy {
    private BreakingProxy() {}

    static void breakOnceThenServe(ServerSocket server, String registry) {
        try {
            server.accept().close();
            while (true) {
                var from = server.accept();
                var to = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(registry.split(":", 2)[1]));
                Thread.startVirtualThread(() -> pump(from, to));
                Thread.startVirtualThread(() -> pump(to, from));
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    private static void pump(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // One end has hung up.
        }
    }
}
