package dev.hearth.git;

import dev.hearth.budget.ResponseBudget;
import dev.hearth.budget.ResponseLimits;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A JVM with the operator's heap, in which many namespaces ask a hostile server all it can do, several times over, while one
 * asks a healthy server. Ends with exit code 0 if the healthy one answered and the heap was enough.
 */
final class HostileClients {
    private static final int NAMESPACES = 6;

    private HostileClients() {}

    /** Arguments: the hostile server's port, the healthy repository's URL, and the id of its commit. */
    public static void main(String... arguments) throws Exception {
        var limits = ResponseLimits.ofHeap(Runtime.getRuntime().maxMemory());
        var budget = new ResponseBudget(limits);
        var refs = new RemoteRefs(budget, Duration.ofSeconds(5));
        var files = new CommitFiles(budget);
        var healthy = new GitRemote("healthy", URI.create(arguments[1]).toString(), null, true);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var asked = new ArrayList<Future<?>>();
            for (int number = 0; number < NAMESPACES; number++) {
                for (String path : List.of("refs", "slow", "objects", "deltas", "shallow", "trees")) {
                    var url = "git://127.0.0.1:" + arguments[0] + "/" + path;
                    var remote = new GitRemote("namespace-" + number, url, null, true);
                    asked.add(threads.submit(() -> ask(() -> refs.read(remote, RemoteRefs.Listing::commits))));
                    asked.add(threads.submit(() -> ask(() ->
                            files.hashes(remote, HostileGitServer.COMMIT, Set.of(), _ -> Map.of("it", List.of("x"))))));
                }
            }
            for (int again = 0; again < 3; again++) {
                var commits = new RemoteRefs(budget).read(healthy, RemoteRefs.Listing::commits);
                if (!commits.containsValue(arguments[2])) {
                    throw new AssertionError("the healthy repository has " + commits);
                }
            }
            for (Future<?> each : asked) {
                each.get();
            }
        }
    }

    private interface Question {
        Object ask() throws GitException;
    }

    /**
     * Requires no refusal, since only the heap and the healthy repository count here: HostileGitTest checks what is
     * refused, and why.
     */
    private static Void ask(Question question) {
        try {
            question.ask();
        } catch (GitException e) {
            // As expected
        }
        return null;
    }
}
