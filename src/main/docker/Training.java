import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Records the operator's ahead-of-time cache. Starts the operator as in a pod, against an API server of a cluster without
 * pipelines, which is a part of this program. Ends the operator when it leads and is ready; then the JVM writes the cache,
 * which has the classes that were loaded until then.
 *
 * <p>Arguments: the java command, the file of its options, the operator's jar, and the file to write.
 */
final class Training {
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final Pattern WEB = Pattern.compile("Listening on: https://[^:]+:(\\d+)");
    private static final Pattern MANAGEMENT = Pattern.compile("Management interface listening on http://[^:]+:(\\d+)");
    private static final String LEADING = "this replica is the leader";

    private Training() {}

    public static void main(String[] arguments) throws Exception {
        var folder = Files.createTempDirectory("training");
        try {
            record(arguments[0], arguments[1], Path.of(arguments[2]), Path.of(arguments[3]), folder);
        } finally {
            try (var files = Files.walk(folder)) {
                for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void record(String java, String options, Path jar, Path cache, Path folder) throws Exception {
        var keys = Keys.create(folder);
        try (var server = new ApiServer(keys.context().getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress()))) {
            var token = Files.writeString(folder.resolve("token"), "token");
            Files.createDirectories(folder.resolve("config"));
            Files.writeString(folder.resolve("config/application.properties"), """
                    hearth.results.folder=%s
                    quarkus.http.ssl-port=0
                    quarkus.management.port=0
                    """.formatted(folder.resolve("results")));
            var log = folder.resolve("log");
            var builder = new ProcessBuilder(
                            java, "@" + Path.of(options).toAbsolutePath(), "-XX:AOTCacheOutput=" + cache.toAbsolutePath(), "-jar", jar.toAbsolutePath().toString())
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().clear();
            builder.environment().putAll(Map.of(
                    "HOME", folder.toString(),
                    "HOSTNAME", "hearth-0",
                    "HEARTH_NAMESPACE", "hearth-system",
                    "KUBERNETES_SERVICE_HOST", "127.0.0.1",
                    "KUBERNETES_SERVICE_PORT", String.valueOf(server.port()),
                    "KUBERNETES_AUTH_SERVICEACCOUNT_TOKEN", token.toString(),
                    "KUBERNETES_CERTS_CA_FILE", keys.certificate().toString()));
            var operator = builder.start();
            try {
                untilReady(operator, log);
                ask(log);
                operator.destroy();
                if (!operator.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS) || !Files.exists(cache)) {
                    throw new IllegalStateException("no cache was written");
                }
            } catch (Exception e) {
                System.err.println(Files.readString(log));
                throw e;
            } finally {
                operator.destroyForcibly();
            }
        }
    }

    private static void untilReady(Process operator, Path log) throws Exception {
        var end = Instant.now().plus(LONGEST);
        while (!isReady(log)) {
            if (!operator.isAlive() || Instant.now().isAfter(end)) {
                throw new IllegalStateException("the operator does not become ready");
            }
            Thread.sleep(50);
        }
    }

    private static boolean isReady(Path log) throws Exception {
        var text = Files.readString(log);
        return text.contains(LEADING)
                && MANAGEMENT.matcher(text).find()
                && status(log, "/q/health/ready") == 200;
    }

    /** Sends what kubelet and Prometheus send, and opens a connection to the web port. */
    private static void ask(Path log) throws Exception {
        for (String path : List.of("/q/health/started", "/q/health/live", "/q/metrics")) {
            status(log, path);
        }
        var trusting = SSLContext.getInstance("TLS");
        trusting.init(null, new TrustManager[] {new Trusting()}, null);
        try (var socket = trusting.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port(WEB, log))) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: hearth\r\nConnection: close\r\n\r\n".getBytes(UTF_8));
            socket.getInputStream().readAllBytes();
        }
    }

    private static int status(Path log, String path) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var address = URI.create("http://127.0.0.1:" + port(MANAGEMENT, log) + path);
            return http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
                    .statusCode();
        }
    }

    private static int port(Pattern words, Path log) throws IOException {
        return words.matcher(Files.readString(log))
                .results()
                .map(line -> Integer.parseInt(line.group(1)))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the log does not name the port"));
    }

    /** Trusts every server: the operator's certificate is its own. */
    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** The API server's key, and the file of its certificate. */
    private record Keys(SSLContext context, Path certificate) {
        private static final String PASSWORD = "training";

        static Keys create(Path folder) throws Exception {
            var store = folder.resolve("keys.p12");
            var certificate = folder.resolve("ca.crt");
            keytool(store, "-genkeypair", "-keyalg", "EC", "-dname", "CN=training", "-ext", "SAN=ip:127.0.0.1", "-validity", "1");
            keytool(store, "-exportcert", "-rfc", "-file", certificate.toString());
            var keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
            var managers = KeyManagerFactory.getInstance("PKIX");
            managers.init(keys, PASSWORD.toCharArray());
            var context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            return new Keys(context, certificate);
        }

        private static void keytool(Path store, String... arguments) throws Exception {
            var command = Stream.concat(
                    Stream.of(System.getProperty("java.home") + "/bin/keytool", "-keystore", store.toString(), "-storepass", PASSWORD, "-alias", "training"),
                    Stream.of(arguments));
            var process = new ProcessBuilder(command.toList())
                    .redirectErrorStream(true)
                    .start();
            var output = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(output);
            }
        }
    }

    /** Knows a namespace and a storage class, and keeps what is written. Nothing happens on its watches. */
    private static final class ApiServer implements AutoCloseable {
        private static final Pattern NAMED = Pattern.compile("/(api/v1|apis/[^/]+/[^/]+)(/namespaces/[^/]+)?/[^/]+/[^/]+(/.*)?");
        private static final String WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // of RFC 6455

        private static final String ALLOWED = """
                {"kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "status": {"incomplete": false,
                 "nonResourceRules": [], "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]}}
                """;

        private final ServerSocket socket;
        private final Map<String, String> objects = new ConcurrentHashMap<>();
        private final AtomicInteger version = new AtomicInteger();

        ApiServer(ServerSocket socket) {
            this.socket = socket;
            Thread.ofVirtual().start(this::accept);
        }

        int port() {
            return socket.getLocalPort();
        }

        private void accept() {
            while (true) {
                try {
                    var connection = socket.accept();
                    Thread.ofVirtual().start(() -> serve(connection));
                } catch (IOException _) {
                    return; // closed
                }
            }
        }

        private void serve(Socket connection) {
            try (connection) {
                var in = new BufferedInputStream(connection.getInputStream());
                while (answer(in, connection.getOutputStream())) {
                    // the next request
                }
            } catch (IOException | GeneralSecurityException e) {
                System.err.println("training: " + e);
            }
        }

        /** Returns false when the connection has no other request. */
        private boolean answer(InputStream in, OutputStream out) throws IOException, GeneralSecurityException {
            var request = line(in).split(" ");
            if (request.length < 2) {
                return false;
            }
            var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
            for (String header = line(in); !header.isEmpty(); header = line(in)) {
                var parts = header.split(": *", 2);
                headers.put(parts[0], parts[1]);
            }
            var key = headers.get("Sec-WebSocket-Key");
            if (key != null) {
                write(out, "101 Switching Protocols", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " + accepted(key) + "\r\n", "");
                in.transferTo(OutputStream.nullOutputStream()); // until the operator ends
                return false;
            }
            var body = new String(in.readNBytes(Integer.parseInt(headers.getOrDefault("Content-Length", "0"))), UTF_8);
            var address = URI.create(request[1]);
            var found = request[0].equals("GET") ? read(address.getPath()) : write(address, request[0], body);
            var length = "Content-Type: application/json\r\nContent-Length: " + found.getBytes(UTF_8).length + "\r\n";
            write(out, found.contains("\"code\":404") ? "404 Not Found" : "200 OK", length, found);
            return true;
        }

        private String read(String path) {
            if (path.equals("/version")) {
                return "{\"major\":\"1\",\"minor\":\"33\",\"gitVersion\":\"v1.33.0\"}";
            }
            if (NAMED.matcher(path).matches()) {
                return objects.getOrDefault(path, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"NotFound\",\"code\":404}");
            }
            var meta = "\"metadata\":{\"name\":\"default\",\"uid\":\"1\",\"resourceVersion\":\"1\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"}";
            var items = switch (path.substring(path.lastIndexOf('/') + 1)) {
                case "namespaces" -> "{" + meta + "}";
                case "storageclasses" -> "{" + meta + ",\"provisioner\":\"training\"}";
                default -> "";
            };
            return "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[" + items + "]}";
        }

        private String write(URI address, String method, String object) {
            if (address.getPath().endsWith("/selfsubjectrulesreviews")) {
                return ALLOWED;
            }
            var meta = "\"metadata\":{\"uid\":\"1\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\",";
            var written = object.replaceFirst("\"metadata\":\\{", meta)
                    .replaceFirst("(\"resourceVersion\":\"\\d*\",)?\"name\":", "\"resourceVersion\":\"" + version.incrementAndGet() + "\",\"name\":");
            var name = Pattern.compile("\"name\":\"([^\"]+)\"").matcher(object);
            objects.put(address.getPath() + (method.equals("POST") && name.find() ? "/" + name.group(1) : ""), written);
            return written;
        }

        private static String accepted(String key) throws GeneralSecurityException {
            var digest = MessageDigest.getInstance("SHA-1").digest((key + WEBSOCKET).getBytes(ISO_8859_1));
            return Base64.getEncoder().encodeToString(digest);
        }

        private static void write(OutputStream out, String status, String headers, String body) throws IOException {
            out.write(("HTTP/1.1 " + status + "\r\n" + headers + "\r\n" + body).getBytes(UTF_8));
            out.flush();
        }

        /** Returns a line without its end, or nothing at the end of the connection. */
        private static String line(InputStream in) throws IOException {
            var line = new StringBuilder();
            for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
                line.append((char) next);
            }
            return line.toString().strip();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
