package dev.hearth.testbed;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** An API server that has only what a test gives it, for what does not depend on how a real one works. */
public final class FakeApiServer implements AutoCloseable {
    private final Map<String, Answer> known = new ConcurrentHashMap<>();
    private final Map<String, Answer> once = new ConcurrentHashMap<>();
    private final Map<String, List<String>> watched = new ConcurrentHashMap<>();
    private final Set<String> creating = ConcurrentHashMap.newKeySet();
    private final List<String> created = new CopyOnWriteArrayList<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final HttpServer server;
    private final KubernetesClient client;

    public FakeApiServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(Config.empty())
                        .withMasterUrl("http://" + server.getAddress().getHostString() + ":"
                                + server.getAddress().getPort())
                        .build())
                .build();
    }

    public KubernetesClient client() {
        return client;
    }

    /** Has an object, or a list, at a path. */
    public void put(String path, String json) {
        put("GET", path, 200, json);
    }

    /** Answers the next request for a path, before what it has for the others. */
    public void putOnce(String path, String json) {
        once.put("GET " + path, new Answer(200, json));
    }

    /** Answers a request. */
    public void put(String method, String path, int code, String json) {
        known.put(method + " " + path, new Answer(code, json));
    }

    /** Returns how often it was asked, other than for watches. */
    public long asked(String method, String path) {
        return asked.stream().filter((method + " " + path)::equals).count();
    }

    /** Answers watches of a path over plain HTTP, and refuses WebSockets for them. Each text is a chunk of the answer. */
    public void putWatch(String path, List<String> texts) {
        watched.put(path, texts);
    }

    /** Creates what is sent to a path. */
    public void create(String path) {
        creating.add(path);
    }

    /** What has been created, as it was sent. */
    public List<String> created() {
        return List.copyOf(created);
    }

    private record Answer(int code, String json) {}

    private void answer(HttpExchange exchange) throws IOException {
        var texts = watched.get(exchange.getRequestURI().getPath());
        if (texts != null && exchange.getRequestURI().toString().contains("watch=true")) {
            answerWatch(exchange, texts);
            return;
        }
        var asked = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
        this.asked.add(asked);
        var sent = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        var first = once.remove(asked);
        var found = first != null ? first : known.getOrDefault(asked, new Answer(404, "{}"));
        if (exchange.getRequestMethod().equals("POST")
                && creating.contains(exchange.getRequestURI().getPath())) {
            created.add(sent);
            found = new Answer(201, sent);
        }
        var body = found.json().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(found.code(), body.length);
        try (exchange) {
            exchange.getResponseBody().write(body);
        }
    }

    private static void answerWatch(HttpExchange exchange, List<String> texts) throws IOException {
        try (exchange) {
            if (exchange.getRequestHeaders().containsKey("Upgrade")) {
                exchange.sendResponseHeaders(200, -1); // as a proxy that does not know WebSockets
                return;
            }
            exchange.sendResponseHeaders(200, 0);
            for (String text : texts) {
                exchange.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
                exchange.getResponseBody().flush();
            }
        }
    }

    @Override
    public void close() {
        client.close();
        server.stop(0);
    }
}
