package dev.hearth.git;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.transport.PacketLineOut;
import org.eclipse.jgit.transport.URIish;

/** The program behind git:// URLs, which a git daemon starts. */
record DaemonUploadPack(Socket socket, InputStream output, OutputStream input) implements UploadPack {
    private static final int PORT = 9418;

    static DaemonUploadPack start(URIish uri, boolean loopback) throws IOException {
        var address = CheckedAddress.of(uri, PORT, loopback);
        var socket = new Socket();
        try {
            socket.connect(address);
            var program = new DaemonUploadPack(socket, socket.getInputStream(), socket.getOutputStream());
            request(uri, program.input());
            return program;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Requests version 2 of the protocol, in which a server sends only the requested refs. */
    private static void request(URIish uri, OutputStream out) throws TransportException {
        var port = CheckedAddress.port(uri, PORT);
        var host = port == PORT ? uri.getHost() : uri.getHost() + ":" + port;
        try {
            new PacketLineOut(out)
                    .writeString("git-upload-pack " + uri.getPath() + "\0host=" + host + "\0\0version=2\0");
        } catch (IOException e) {
            throw new TransportException(uri, "remote hung up unexpectedly", e);
        }
    }

    /** A daemon has no other stream. */
    @Override
    public String said() {
        return "";
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // The socket is not used after this.
        }
    }
}
