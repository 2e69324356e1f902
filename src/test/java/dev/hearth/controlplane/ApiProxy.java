package dev.hearth.controlplane;

import io.fabric8.kubernetes.client.Config;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * Stands between the operator and the API server: notes each request, and answers itself what a node would have to answer
 * or what a test makes up. Acts as an administrator, whoever asks.
 */
final class ApiProxy implements AutoCloseable {
    /** Watches take a connection each. */
    private static final int CONNECTIONS = 1000;

    private static final int SWITCHING_PROTOCOLS = 101;
    private static final int BAD_GATEWAY = 502;

    /** What one connection negotiates, and who the API server is to take this proxy for. */
    private static final Set<String> OF_A_CONNECTION =
            Set.of("authorization", "connection", "content-length", "host", "transfer-encoding", "upgrade");

    private final Config config;
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client;
    private final HttpServer server;
    private final List<ApiRequest> requests = new CopyOnWriteArrayList<>();
    private final List<Function<ApiRequest, Optional<Answer>>> answers = new CopyOnWriteArrayList<>();

    /** An answer that does not come from the API server. */
    record Answer(int code, String contentType, String body) {
        /** The connection stays open, and nothing comes. */
        static final Answer NEVER = new Answer(0, "", "");

        /** A refusal in the form that Kubernetes gives it. */
        static Answer status(int code, String reason, String message) {
            return new Answer(code, "application/json", """
                    {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": %d, "reason": "%s", "message": "%s"}
                    """.formatted(code, reason, message));
        }

        static Answer text(String body) {
            return new Answer(200, "text/plain", body);
        }
    }

    private ApiProxy(Config config) {
        var master = URI.create(config.getMasterUrl());
        var options = new HttpClientOptions()
                .setSsl(true)
                .setTrustAll(true)
                .setVerifyHost(false)
                .setDefaultHost(master.getHost())
                .setDefaultPort(master.getPort());
        if (config.getClientKeyData() != null) {
            options.setKeyCertOptions(new PemKeyCertOptions()
                    .addCertValue(decoded(config.getClientCertData()))
                    .addKeyValue(decoded(config.getClientKeyData())));
        }
        this.config = config;
        this.client = vertx.createHttpClient(options, new PoolOptions().setHttp1MaxSize(CONNECTIONS));
        this.server = vertx.createHttpServer().requestHandler(this::serve);
    }

    private static Buffer decoded(String base64) {
        return Buffer.buffer(Base64.getDecoder().decode(base64));
    }

    static ApiProxy start(Config config) {
        var proxy = new ApiProxy(config);
        proxy.server
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        return proxy;
    }

    /** How the operator gets here. */
    void writeKubeconfig(Path file) throws IOException {
        Files.writeString(file, """
                apiVersion: v1
                kind: Config
                clusters: [{name: proxy, cluster: {server: "http://127.0.0.1:%d"}}]
                users: [{name: operator, user: {token: operator}}]
                contexts: [{name: proxy, context: {cluster: proxy, user: operator}}]
                current-context: proxy
                """.formatted(server.actualPort()));
    }

    /** All requests so far, in their order. */
    List<ApiRequest> requests() {
        return List.copyOf(requests);
    }

    /** Answers in place of the API server; the first that has an answer counts. */
    Runnable answer(Function<ApiRequest, Optional<Answer>> answer) {
        answers.add(answer);
        return () -> answers.remove(answer);
    }

    private void serve(HttpServerRequest request) {
        var asked =
                ApiRequest.of(request.method().name(), URI.create(request.uri()), request.getHeader("Content-Type"));
        requests.add(asked);
        answers.stream()
                .flatMap(answer -> answer.apply(asked).stream())
                .findFirst()
                .ifPresentOrElse(answer -> reply(request, answer), () -> {
                    if (request.headers().contains("Sec-WebSocket-Key")) {
                        passWebSocket(request);
                    } else {
                        pass(request);
                    }
                });
    }

    private static void reply(HttpServerRequest request, Answer answer) {
        if (answer.equals(Answer.NEVER)) {
            return;
        }
        request.body()
                .compose(_ -> request.response()
                        .setStatusCode(answer.code())
                        .putHeader("Content-Type", answer.contentType())
                        .end(answer.body()));
    }

    private void pass(HttpServerRequest request) {
        request.body()
                .compose(body -> client.request(
                                HttpMethod.valueOf(request.method().name()), request.uri())
                        .compose(onward -> send(request, onward, body)))
                .compose(response -> back(request, response))
                .onFailure(_ -> {
                    if (!request.response().headWritten()) {
                        request.response().setStatusCode(BAD_GATEWAY).end();
                    } else {
                        request.connection().close();
                    }
                });
    }

    /** Watches are WebSockets, as they are without this proxy. Connects both ends once the API server agrees. */
    private void passWebSocket(HttpServerRequest request) {
        request.pause();
        client.request(request.method(), request.uri())
                .compose(onward -> {
                    onward.headers().addAll(request.headers()).remove("host").remove("authorization");
                    authorize(onward);
                    return onward.connect();
                })
                .compose(response -> {
                    request.response().setStatusCode(response.statusCode());
                    request.response().headers().addAll(response.headers());
                    return response.statusCode() == SWITCHING_PROTOCOLS
                            ? request.toNetSocket().<Void>map(front -> {
                                connect(front, response.netSocket());
                                return null;
                            })
                            : response.body().compose(request.response()::end);
                })
                .onFailure(_ -> request.connection().close());
    }

    private static void connect(NetSocket front, NetSocket back) {
        front.pipeTo(back);
        back.pipeTo(front);
    }

    private void authorize(HttpClientRequest onward) {
        if (config.getAutoOAuthToken() != null) {
            onward.putHeader("Authorization", "Bearer " + config.getAutoOAuthToken());
        }
    }

    private Future<HttpClientResponse> send(HttpServerRequest request, HttpClientRequest onward, Buffer body) {
        copy(request.headers(), onward.headers());
        authorize(onward);
        request.connection().closeHandler(_ -> onward.reset()); // a watch that nobody reads any more
        return onward.send(body);
    }

    private static Future<Void> back(HttpServerRequest request, HttpClientResponse response) {
        request.response().setStatusCode(response.statusCode()).setChunked(true);
        copy(response.headers(), request.response().headers());
        return response.pipeTo(request.response());
    }

    private static void copy(MultiMap from, MultiMap to) {
        from.forEach(header -> {
            if (!OF_A_CONNECTION.contains(header.getKey().toLowerCase(Locale.ROOT))) {
                to.add(header.getKey(), header.getValue());
            }
        });
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
