package dev.hearth.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands before a registry as those of forges and clouds do: lets in who has a token, and gives ada one. */
final class TokenAuthProxy implements AutoCloseable {
    private static final String ADA = "Basic YWRhOm9wZW5zZXNhbWU=";

    private final RegistryServer registry;
    private final HttpServer server;
    private final HttpClient http = HttpClient.newHttpClient();
    private final AtomicInteger puts = new AtomicInteger();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    TokenAuthProxy(RegistryServer registry) throws IOException {
        this.registry = registry;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/token", this::token);
        server.createContext("/v2/", this::forward);
        server.start();
    }

    String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** How often somebody sent something, let in or not. */
    int puts() {
        return puts.get();
    }

    private void token(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!ADA.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody()
                    .write("{\"token\":\"for-ada\",\"expires_in\":300}".getBytes(StandardCharsets.UTF_8));
        }
    }

    private void forward(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (exchange.getRequestMethod().equals("PUT")) {
                puts.incrementAndGet();
            }
            if (!"Bearer for-ada".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                exchange.getResponseHeaders()
                        .add(
                                "WWW-Authenticate",
                                "Bearer realm=\"http://%s/token\",service=\"gate\",scope=\"repository:team/app:pull,push\""
                                        .formatted(host()));
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            var request = HttpRequest.newBuilder(URI.create("http://" + registry.host() + exchange.getRequestURI()))
                    .method(
                            exchange.getRequestMethod(),
                            HttpRequest.BodyPublishers.ofByteArray(
                                    exchange.getRequestBody().readAllBytes()));
            for (String name : List.of("Accept", "Content-Type")) {
                var value = exchange.getRequestHeaders().getFirst(name);
                if (value != null) {
                    request.header(name, value);
                }
            }
            var answer = http.send(request.build(), BodyHandlers.ofByteArray());
            answer.headers()
                    .firstValue("Content-Type")
                    .ifPresent(type -> exchange.getResponseHeaders().add("Content-Type", type));
            answer.headers()
                    .firstValue("Location")
                    .map(location -> location.replace(registry.host(), host()))
                    .ifPresent(location -> exchange.getResponseHeaders().add("Location", location));
            exchange.sendResponseHeaders(answer.statusCode(), answer.body().length == 0 ? -1 : 0);
            exchange.getResponseBody().write(Objects.requireNonNull(answer.body()));
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        http.close();
    }
}
