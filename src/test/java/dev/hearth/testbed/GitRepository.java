package dev.hearth.testbed;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.RemoteRefUpdate;
import org.eclipse.jgit.transport.RemoteRefUpdate.Status;

/** A repository on the cluster's git server, and the working copy by which a test changes it. */
public final class GitRepository implements AutoCloseable {
    private static final PersonIdent AUTHOR = new PersonIdent("Ada", "ada@example.org");
    private static final int STALLED_AFTER_SECONDS = 10;
    private static final Duration LONGEST = Duration.ofMinutes(2);

    private final Cluster cluster;
    private final String name;
    private final Path folder;
    private final Git git;

    private GitRepository(Cluster cluster, String name, Path folder, Git git) {
        this.cluster = cluster;
        this.name = name;
        this.folder = folder;
        this.git = git;
    }

    /** Makes an empty repository, replacing one of the same name. */
    public static GitRepository create(Cluster cluster, String name) {
        serve(cluster, "rm -rf /git/%1$s.git && git init -q --bare -b main /git/%1$s.git".formatted(name));
        try {
            var folder = Files.createTempDirectory("hearth-repository");
            var git = Git.init()
                    .setDirectory(folder.toFile())
                    .setInitialBranch("main")
                    .call();
            return new GitRepository(cluster, name, folder, git);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GitAPIException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Gives it pull requests that all are at one commit of it, from number 1, as a forge keeps them. */
    public GitRepository withPullRequests(int count, String commit) {
        return withRefs("refs/pull/&/head", count, commit);
    }

    /** Gives it branches b1, b2 and so on that all are at one commit of it. */
    public GitRepository withBranches(int count, String commit) {
        return withRefs("refs/heads/b&", count, commit);
    }

    private GitRepository withRefs(String pattern, int count, String commit) {
        serve(
                cluster,
                "seq %d | sed 's#.*#%s %s#' | sort -k2 | sed '1i # pack-refs with: peeled fully-peeled sorted' >>/git/%s.git/packed-refs"
                        .formatted(count, commit, pattern, name));
        return this;
    }

    /** Runs a script where the repositories are. */
    private static void serve(Cluster cluster, String script) {
        var pod = cluster.client()
                .pods()
                .inNamespace("fixtures")
                .withLabel("app", "git")
                .list()
                .getItems()
                .getFirst();
        try (var exec = cluster.client().pods().resource(pod).exec("sh", "-c", script)) {
            var code = exec.exitCode().get(30, TimeUnit.SECONDS);
            if (code != 0) {
                throw new IllegalStateException(script + " exited with " + code);
            }
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException("cannot run " + script, e);
        }
    }

    /** As pods reach it. */
    public String url() {
        return "git://git.fixtures/" + name + ".git";
    }

    /** Copies a folder's files in. */
    public GitRepository with(Path source) {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                write(source.relativize(file).toString(), Files.readString(file));
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Commits files, by path, on top of what is there and pushes to a ref by its full name. */
    public String push(String ref, Map<String, String> files) {
        files.forEach(this::write);
        try {
            git.add().addFilepattern(".").call();
            var commit = git.commit()
                    .setMessage("change " + files.keySet())
                    .setAuthor(AUTHOR)
                    .setCommitter(AUTHOR)
                    .setSign(false)
                    .call();
            await("push of " + ref).atMost(LONGEST).ignoreExceptions().until(() -> isPushed(ref));
            return commit.name();
        } catch (GitAPIException e) {
            throw new IllegalStateException("cannot commit " + files.keySet(), e);
        }
    }

    /** Has the git server, of the fixtures, reached by this machine without a tunnel. */
    static void open(HasMetadata fixture) {
        if (fixture instanceof Service service
                && service.getMetadata().getName().equals("git")) {
            service.getSpec().setType("NodePort");
            service.getSpec().getPorts().getFirst().setNodePort(Cluster.NODE_PORT);
        }
    }

    /** One try: a tunnel now and then loses what is sent, so a push that stalls is given up and made again. */
    private boolean isPushed(String ref) throws GitAPIException, IOException {
        var direct = cluster.nodePort();
        if (direct.isPresent()) {
            return isPushed(ref, direct.get());
        }
        try (var tunnel = cluster.client()
                .services()
                .inNamespace("fixtures")
                .withName("git")
                .portForward(9418)) {
            return isPushed(ref, "127.0.0.1:" + tunnel.getLocalPort());
        }
    }

    private boolean isPushed(String ref, String server) throws GitAPIException {
        var results = git.push()
                .setRemote("git://" + server + "/" + name + ".git")
                .setRefSpecs(new RefSpec("HEAD:" + ref))
                .setForce(true)
                .setTimeout(STALLED_AFTER_SECONDS)
                .call();
        return StreamSupport.stream(results.spliterator(), false)
                .flatMap(result -> result.getRemoteUpdates().stream())
                .map(RemoteRefUpdate::getStatus)
                .allMatch(status -> status == Status.OK || status == Status.UP_TO_DATE);
    }

    /** A file of the working copy as it is now. */
    public String read(String path) {
        try {
            return Files.readString(folder.resolve(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String path, String text) {
        try {
            var file = folder.resolve(path);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        git.close();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
