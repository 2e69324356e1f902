package dev.hearth.git;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.DeflaterOutputStream;

/**
 * A git server that means harm, over git://. What it does is said by the path of a repository: {@code refs} lists refs
 * without end, {@code slow} a byte at a time, {@code objects} announces a pack of two thousand million objects,
 * {@code deltas} sends few bytes that stand for gigabytes, {@code trees} 60 MB of directories, {@code shallow} tells of shallow commits without end.
 */
public final class HostileGitServer implements AutoCloseable {
    /** On main of its repositories. */
    public static final String COMMIT = "1".repeat(40);

    private static final int OBJECT = 4 << 20;
    private static final int DEPTH = 200;

    private final ServerSocket sockets;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private HostileGitServer(ServerSocket sockets) {
        this.sockets = sockets;
    }

    public static HostileGitServer start() throws IOException {
        var server = new HostileGitServer(new ServerSocket(0, 500, InetAddress.getLoopbackAddress()));
        server.threads.execute(server::accept);
        return server;
    }

    public int port() {
        return sockets.getLocalPort();
    }

    public GitRemote remote(String namespace, String path) {
        return new GitRemote(namespace, "git://127.0.0.1:" + sockets.getLocalPort() + "/" + path, null, true);
    }

    private void accept() {
        while (!sockets.isClosed()) {
            try {
                var socket = sockets.accept();
                threads.execute(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            var in = socket.getInputStream();
            var out = new BufferedOutputStream(socket.getOutputStream());
            var path = line(in).split("[ \0]", 3)[1];
            switch (path) {
                case "/refs" -> refs(out);
                case "/slow" -> slow(out);
                default -> fetch(path, in, out);
            }
        } catch (IOException | InterruptedException e) {
            // The client went away: it has read enough.
        }
    }

    static void refs(OutputStream out) throws IOException {
        for (int number = 0; true; number++) {
            send(out, COMMIT + " refs/heads/" + number + "\n");
        }
    }

    private static void slow(OutputStream out) throws IOException, InterruptedException {
        for (int number = 0; true; number++) {
            for (byte next : packet(COMMIT + " refs/heads/" + number + "\n")) {
                out.write(next);
                out.flush();
                Thread.sleep(20);
            }
        }
    }

    private static void fetch(String path, InputStream in, OutputStream out) throws IOException {
        for (String capability : new String[] {"version 2", "ls-refs", "fetch=shallow filter"}) {
            send(out, capability + "\n");
        }
        end(out);
        while (request(in).contains("command=ls-refs")) {
            send(out, COMMIT + " HEAD symref-target:refs/heads/main\n");
            send(out, COMMIT + " refs/heads/main\n");
            end(out);
        }
        if (path.equals("/shallow")) {
            send(out, "shallow-info\n");
            for (int number = 0; true; number++) {
                send(out, "shallow " + HexFormat.of().toHexDigits(number).repeat(5) + "\n");
            }
        }
        send(out, "packfile\n");
        switch (path) {
            case "/objects" -> packets(out, pack(Integer.MAX_VALUE - 8, new byte[0]));
            case "/trees" -> trees(out);
            default -> packets(out, deltas());
        }
        end(out);
        in.transferTo(OutputStream.nullOutputStream());
    }

    private static void packets(OutputStream out, byte[] content) throws IOException {
        for (int at = 0; at < content.length; at += 1000) {
            var part = Arrays.copyOfRange(content, at, Math.min(content.length, at + 1000));
            out.write("%04x\1".formatted(part.length + 5).getBytes(StandardCharsets.US_ASCII));
            out.write(part);
        }
    }

    /** Of names that nothing packs. */
    private static void trees(OutputStream out) throws IOException {
        var tree = new ByteArrayOutputStream();
        var random = new Random(1);
        for (int file = 0; file < 2000; file++) {
            var name = new byte[120];
            random.nextBytes(name);
            tree.write("100644 %04d%s\0"
                    .formatted(file, HexFormat.of().formatHex(name))
                    .getBytes(StandardCharsets.US_ASCII));
            tree.write(Arrays.copyOf(name, 20));
        }
        var entry = new ByteArrayOutputStream();
        entry(entry, 2, tree.size(), new byte[0], tree.toByteArray());
        var count = (60 << 20) / entry.size();
        packets(out, Arrays.copyOf(pack(count, new byte[0]), 12));
        for (int number = 0; number < count; number++) {
            packets(out, entry.toByteArray());
        }
    }

    /** Each object has three deltas, and the middle one of them the next three: whatever the order, two are to come. */
    private static byte[] deltas() throws IOException {
        var bytes = new ByteArrayOutputStream();
        var entries = new DataOutputStream(bytes);
        entry(entries, 3, OBJECT, new byte[0], new byte[OBJECT]);
        var base = 0;
        for (int level = 0; level < DEPTH; level++) {
            var next = base;
            for (int child = 0; child < 3; child++) {
                var at = entries.size();
                var delta = delta(level * 3 + child);
                entry(entries, 6, delta.length, offset(at - base), delta);
                next = child == 1 ? at : next;
            }
            base = next;
        }
        return pack(1 + 3 * DEPTH, bytes.toByteArray());
    }

    private static byte[] pack(int objects, byte[] entries) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var pack = new DataOutputStream(bytes);
        pack.write("PACK".getBytes(StandardCharsets.US_ASCII));
        pack.writeInt(2);
        pack.writeInt(objects);
        pack.write(entries);
        pack.write(sha1(bytes.toByteArray()));
        return bytes.toByteArray();
    }

    private static void entry(OutputStream out, int type, int size, byte[] base, byte[] content) throws IOException {
        var rest = size >> 4;
        out.write((type << 4) | (size & 15) | (rest > 0 ? 0x80 : 0));
        number(out, rest, false);
        out.write(base);
        var deflated = new DeflaterOutputStream(out);
        deflated.write(content);
        deflated.finish();
    }

    /** All of the base but its last bytes, which become a number. */
    private static byte[] delta(int number) throws IOException {
        var delta = new ByteArrayOutputStream();
        number(delta, OBJECT, true);
        number(delta, OBJECT, true);
        var copied = OBJECT - Integer.BYTES;
        delta.write(0x80 | 0x70);
        delta.write(copied);
        delta.write(copied >> 8);
        delta.write(copied >> 16);
        delta.write(Integer.BYTES);
        new DataOutputStream(delta).writeInt(number + 1);
        return delta.toByteArray();
    }

    private static void number(OutputStream out, int number, boolean zero) throws IOException {
        var rest = number;
        while (rest > 0 || (zero && rest == number)) {
            out.write((rest & 127) | (rest > 127 ? 0x80 : 0));
            rest >>= 7;
            if (rest == 0) {
                return;
            }
        }
    }

    /** How far back a base is, most significant part first. */
    private static byte[] offset(int distance) {
        var reversed = new ByteArrayOutputStream();
        reversed.write(distance & 127);
        for (var rest = distance >> 7; rest > 0; rest >>= 7) {
            rest--;
            reversed.write(0x80 | (rest & 127));
        }
        var bytes = reversed.toByteArray();
        var offset = new byte[bytes.length];
        for (int at = 0; at < bytes.length; at++) {
            offset[at] = bytes[bytes.length - 1 - at];
        }
        return offset;
    }

    private static String request(InputStream in) throws IOException {
        var lines = new StringBuilder();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            lines.append(line);
        }
        return lines.toString();
    }

    /** Empty at the end of a request; other packets without content are left out. */
    private static String line(InputStream in) throws IOException {
        while (true) {
            var digits = new String(in.readNBytes(4), StandardCharsets.US_ASCII);
            if (digits.length() < 4) {
                throw new IOException("the client went away");
            }
            var length = Integer.parseInt(digits, 16);
            if (length == 0 || length > 4) {
                return new String(in.readNBytes(Math.max(0, length - 4)), StandardCharsets.UTF_8);
            }
        }
    }

    private static void send(OutputStream out, String line) throws IOException {
        out.write(packet(line));
    }

    private static byte[] packet(String line) {
        var length = HexFormat.of().toHexDigits((short) (line.length() + 4));
        return (length + line).getBytes(StandardCharsets.US_ASCII);
    }

    private static void end(OutputStream out) throws IOException {
        out.write("0000".getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    private static byte[] sha1(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        sockets.close();
        threads.shutdownNow();
    }
}
