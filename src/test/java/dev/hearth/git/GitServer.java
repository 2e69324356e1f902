package dev.hearth.git;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.hearth.budget.ResponseBudget;
import dev.hearth.budget.ResponseLimits;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The real git on this machine, serving bare repositories of a temporary folder over git:// and smart HTTP. Over HTTP those
 * below {@code private/} want {@link #CREDENTIALS}, and those below {@code old/} speak the first protocol.
 */
public final class GitServer implements AutoCloseable {
    public static final GitCredentials.Password CREDENTIALS = new GitCredentials.Password("ada", "correct horse");

    /** What the operator has with 512 MiB of memory. */
    public static final ResponseLimits LIMITS = ResponseLimits.ofHeap(300L << 20);

    public static final ResponseBudget BUDGET = new ResponseBudget(LIMITS);

    private final Path folder;
    private final ServerSocket daemon;
    private final HttpServer http;
    private volatile Runnable connected = () -> {};
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private @Nullable SshGitServer ssh;
    private @Nullable HttpsGitServer https;

    private GitServer(Path folder, ServerSocket daemon, HttpServer http) {
        this.folder = folder;
        this.daemon = daemon;
        this.http = http;
    }

    public static GitServer start() throws IOException {
        return start(InetAddress.getLoopbackAddress());
    }

    public static GitServer start(InetAddress address) throws IOException {
        var server = new GitServer(
                Files.createTempDirectory("hearth-git"),
                new ServerSocket(0, 50, address),
                HttpServer.create(new InetSocketAddress(address, 0), 0));
        server.threads.execute(server::accept);
        server.http.setExecutor(server.threads);
        server.http.createContext("/", server::backend);
        server.http.start();
        return server;
    }

    /** A budget of smaller answers. */
    public static ResponseBudget budget(long largest) {
        return new ResponseBudget(LIMITS.withLargest(largest));
    }

    /** An empty bare repository, configured as forges are: it filters, and hands out any commit by its id. */
    public Repository create(String name) {
        run(folder, "init", "-q", "--bare", "--initial-branch=main", name + ".git");
        var repository = new Repository(this, name);
        repository.git("config", "uploadpack.allowFilter", "true");
        repository.git("config", "uploadpack.allowAnySHA1InWant", "true");
        return repository;
    }

    public GitRemote git(String path) {
        return remote("git", daemon.getLocalPort(), path);
    }

    public GitRemote http(String path) {
        return remote("http", http.getAddress().getPort(), path);
    }

    /** Serves the repositories over SSH too. */
    public SshGitServer ssh() throws IOException {
        if (ssh == null) {
            ssh = SshGitServer.start(folder, daemon.getInetAddress());
        }
        return ssh;
    }

    /** Serves HTTPS too, with a certificate that is only valid for localhost. */
    public HttpsGitServer https() throws IOException {
        if (https == null) {
            https = HttpsGitServer.start(daemon.getInetAddress(), this::backend);
        }
        return https;
    }

    private GitRemote remote(String scheme, int port, String path) {
        return new GitRemote(
                "tests",
                scheme + "://" + daemon.getInetAddress().getHostAddress() + ":" + port + "/" + path,
                null,
                true);
    }

    /** Calls back whenever somebody begins to talk to a repository over HTTP. */
    public void onConnect(Runnable listener) {
        connected = listener;
    }

    /** Answers itself what is below a path, in place of git. */
    public void answer(String path, HttpHandler handler) {
        http.createContext(path, handler);
    }

    /**
     * A file of a commit.
     *
     * @param mode as git writes it: 100644, 100755, 120000 for a symbolic link, 160000 for a submodule
     * @param content of the file, the link's target, or the submodule's commit
     */
    public record Entry(String mode, String path, String content) {}

    public record Repository(GitServer server, String name) {
        public GitRemote git() {
            return server.git(name + ".git");
        }

        public GitRemote http() {
            return server.http(name + ".git");
        }

        /** Serves it below private/ as well. */
        public GitRemote privately() {
            try {
                var folder = Files.createDirectories(server.folder.resolve("private"));
                Files.createSymbolicLink(folder.resolve(name + ".git"), path());
                return server.http("private/" + name + ".git");
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Makes a commit of one file and points a ref at it. */
        public String commit(String ref, String file, String content, String... parents) {
            return commit(ref, List.of(new Entry("100644", file, content)), parents);
        }

        public String commit(String ref, List<Entry> entries, String... parents) {
            var listed = new StringBuilder();
            for (Entry entry : entries) {
                var id = entry.mode().equals("160000") ? entry.content() : blob(entry.content());
                listed.append("%s %s\t%s\n".formatted(entry.mode(), id, entry.path()));
            }
            git("read-tree", "--empty");
            git(listed.toString(), List.of("update-index", "--index-info"));
            return commit(ref, git("write-tree"), List.of(parents));
        }

        /** Makes one commit after the other, each a change of its own, and returns the last. */
        public String grow(String ref, int commits, String... parents) {
            var tip = commit(ref, "a", ref + 0, parents);
            for (int number = 1; number < commits; number++) {
                tip = commit(ref, "a", ref + number, tip);
            }
            return tip;
        }

        /** Makes a commit of a tree that is there. */
        public String commit(String ref, String tree, List<String> parents) {
            var command = new ArrayList<>(List.of("commit-tree", tree, "-m", "of " + tree));
            for (String parent : parents) {
                command.addAll(List.of("-p", parent));
            }
            var commit = git(command.toArray(String[]::new));
            git("update-ref", ref, commit);
            return commit;
        }

        /** Points a ref at a commit that is there, as a push by force does. */
        public void set(String ref, String commit) {
            git("update-ref", ref, commit);
        }

        /** Adds pull requests 1, 2 and so on that all are at one commit: to a repository that has no packed refs yet. */
        public void pullRequests(int count, String commit) {
            var refs = IntStream.rangeClosed(1, count)
                    .mapToObj(number -> commit + " refs/pull/" + number + "/head")
                    .sorted();
            var header = Stream.of("# pack-refs with: peeled fully-peeled sorted");
            try {
                Files.write(
                        path().resolve("packed-refs"),
                        Stream.concat(header, refs).toList(),
                        StandardOpenOption.CREATE_NEW);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        public String blob(String content) {
            return git(content, List.of("hash-object", "-w", "--stdin"));
        }

        /** Runs git with an input. */
        public String git(String input, List<String> arguments) {
            try {
                return server.run(
                        path(), Files.writeString(Files.createTempFile(server.folder, "input", ""), input), arguments);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        public String git(String... arguments) {
            return server.run(path(), arguments);
        }

        private Path path() {
            return server.folder.resolve(name + ".git");
        }
    }

    private void accept() {
        while (!daemon.isClosed()) {
            try {
                var socket = daemon.accept();
                threads.execute(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    /** As inetd would: so the port is free for certain, and no process is left behind. */
    private void serve(Socket socket) {
        try (socket) {
            var process = process(folder, List.of("daemon", "--inetd", "--export-all", "--base-path=" + folder))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            threads.execute(() -> copy(socket, process));
            process.getInputStream().transferTo(socket.getOutputStream());
            process.destroy();
        } catch (IOException e) {
            // The client went away; what it missed is its test's business.
        }
    }

    private static void copy(Socket socket, Process process) {
        try (var input = process.getOutputStream()) {
            var buffer = new byte[8192];
            for (int read; (read = socket.getInputStream().read(buffer)) >= 0; ) {
                input.write(buffer, 0, read);
                input.flush();
            }
        } catch (IOException e) {
            process.destroy();
        }
    }

    private void backend(HttpExchange exchange) throws IOException {
        try (exchange) {
            var uri = exchange.getRequestURI();
            if (uri.getPath().endsWith("/info/refs")) {
                connected.run();
            }
            var basic = Base64.getEncoder()
                    .encodeToString(
                            (CREDENTIALS.username() + ":" + CREDENTIALS.password()).getBytes(StandardCharsets.UTF_8));
            var given = exchange.getRequestHeaders().getFirst("Authorization");
            if (uri.getPath().startsWith("/private/") && !Objects.equals(given, "Basic " + basic)) {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"git\"");
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            var builder = process(folder, List.of("http-backend"));
            builder.environment()
                    .putAll(Map.of(
                            "GIT_PROJECT_ROOT", folder.toString(),
                            "GIT_HTTP_EXPORT_ALL", "1",
                            "REQUEST_METHOD", exchange.getRequestMethod(),
                            "PATH_INFO", uri.getPath(),
                            "QUERY_STRING", Objects.toString(uri.getRawQuery(), ""),
                            "CONTENT_TYPE", header(exchange, "Content-Type"),
                            "HTTP_CONTENT_ENCODING", header(exchange, "Content-Encoding"),
                            "GIT_PROTOCOL", uri.getPath().startsWith("/old/") ? "" : header(exchange, "Git-Protocol")));
            var process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
            try (var input = process.getOutputStream()) {
                exchange.getRequestBody().transferTo(input);
            }
            reply(exchange, new BufferedInputStream(process.getInputStream()));
        }
    }

    private static void reply(HttpExchange exchange, InputStream output) throws IOException {
        var status = 200;
        for (var line = line(output); !line.isEmpty(); line = line(output)) {
            var field = line.split(": ", 2);
            if (field[0].equals("Status")) {
                status = Integer.parseInt(field[1].substring(0, 3));
            } else {
                exchange.getResponseHeaders().add(field[0], field[1]);
            }
        }
        exchange.sendResponseHeaders(status, 0);
        output.transferTo(exchange.getResponseBody());
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int c; (c = in.read()) >= 0 && c != '\n'; ) {
            line.append((char) c);
        }
        return line.toString().strip();
    }

    private static String header(HttpExchange exchange, String name) {
        return Objects.toString(exchange.getRequestHeaders().getFirst(name), "");
    }

    private String run(Path directory, String... arguments) {
        return run(directory, Path.of("/dev/null"), List.of(arguments));
    }

    private String run(Path directory, Path input, List<String> arguments) {
        try {
            var process = process(directory, arguments)
                    .redirectInput(input.toFile())
                    .redirectErrorStream(true)
                    .start();
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                throw new IllegalStateException("git " + arguments + ": " + output);
            }
            return output;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("git " + arguments, e);
        }
    }

    private ProcessBuilder process(Path directory, List<String> arguments) {
        var command = new ArrayList<>(List.of("git"));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
        builder.environment()
                .putAll(Map.of(
                        "HOME", folder.toString(),
                        "GIT_CONFIG_NOSYSTEM", "1",
                        "GIT_AUTHOR_NAME", "Ada",
                        "GIT_AUTHOR_EMAIL", "ada@example.org",
                        "GIT_COMMITTER_NAME", "Ada",
                        "GIT_COMMITTER_EMAIL", "ada@example.org"));
        return builder;
    }

    @Override
    public void close() throws IOException {
        daemon.close();
        http.stop(0);
        if (ssh != null) {
            ssh.close();
        }
        if (https != null) {
            https.close();
        }
        threads.shutdownNow();
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
