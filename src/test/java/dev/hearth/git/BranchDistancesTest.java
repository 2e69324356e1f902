package dev.hearth.git;

import static dev.hearth.git.GitServer.BUDGET;
import static dev.hearth.git.GitServer.budget;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hearth.git.GitException.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@Tag("slow")
class BranchDistancesTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String MAIN = "refs/heads/main";
    private static final String RELEASE = "refs/heads/release/1";
    private static final String PULL = "refs/pull/1/head";
    private static GitServer server;

    private final BranchDistances distances = new BranchDistances(BUDGET);

    @BeforeAll
    static void start() throws IOException {
        server = GitServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    private static BranchDistances within(Integer... depths) {
        return new BranchDistances(BUDGET, LONG, List.of(depths));
    }

    @Test
    void tellsAPullRequestToAReleaseFromOneToMain() throws Exception {
        var repository = server.create("release");
        var fork = repository.grow(MAIN, 3);
        var release = repository.grow(RELEASE, 2, fork);
        var toRelease = repository.grow(PULL, 2, release);
        var toMain = repository.grow("refs/pull/2/head", 2, fork);
        var branches = Map.of(MAIN, repository.grow(MAIN, 4, fork), RELEASE, repository.grow(RELEASE, 3, release));

        for (GitRemote remote : List.of(repository.http(), repository.git())) {
            assertThat(distances.measure(remote, toRelease, branches)).isEqualTo(Map.of(RELEASE, 2, MAIN, 4));
            assertThat(distances.measure(remote, toMain, branches)).isEqualTo(Map.of(RELEASE, 2, MAIN, 2));
            assertThat(distances.measure(remote, fork, branches)).isEqualTo(Map.of(RELEASE, 0, MAIN, 0));
            assertThat(distances.measure(remote, release, branches)).isEqualTo(Map.of(RELEASE, 0, MAIN, 2));
        }
    }

    @Test
    void looksPastWhatWasMergedIn() throws Exception {
        var repository = server.create("merged");
        var fork = repository.grow(MAIN, 2);
        var release = repository.grow(RELEASE, 2, fork);
        var main = repository.grow(MAIN, 2, fork);
        var work = repository.grow(PULL, 3, fork);
        var merged = repository.commit(PULL, "a", "merge", work, main);

        assertThat(distances.measure(repository.http(), merged, Map.of(MAIN, main, RELEASE, release)))
                .isEqualTo(Map.of(MAIN, 1, RELEASE, 3));
    }

    @Test
    void leavesOutWhatHasNothingInCommon() throws Exception {
        var repository = server.create("unrelated");
        var main = repository.grow(MAIN, 2);
        var pages = repository.grow("refs/heads/pages", 2);
        var work = repository.grow(PULL, 1, main);

        assertThat(distances.measure(repository.http(), work, Map.of(MAIN, main, "refs/heads/pages", pages)))
                .isEqualTo(Map.of(MAIN, 1));
    }

    /** At a first look, at three commits of each, where main was left is out of sight, and the release is not. */
    @Test
    void looksDeeperWhereABranchMovedFar() throws Exception {
        var repository = server.create("far");
        var old = repository.grow(MAIN, 1);
        var release = repository.grow(RELEASE, 1, old);
        var fork = repository.grow(MAIN, 1, old);
        var work = repository.grow(PULL, 1, fork);
        var branches = Map.of(MAIN, repository.grow(MAIN, 6, fork), RELEASE, release);

        assertThat(within(3).measure(repository.http(), work, branches)).isEqualTo(Map.of(RELEASE, 2));
        assertThat(within(3, 20).measure(repository.http(), work, branches)).isEqualTo(Map.of(MAIN, 1, RELEASE, 2));
    }

    @Test
    void looksDeeperWhereTheCommitItselfIsFar() throws Exception {
        var repository = server.create("long");
        var main = repository.grow(MAIN, 2);
        var work = repository.grow(PULL, 6, main);

        assertThat(within(3).measure(repository.http(), work, Map.of(MAIN, main)))
                .isEmpty();
        assertThat(within(3, 20).measure(repository.http(), work, Map.of(MAIN, main)))
                .isEqualTo(Map.of(MAIN, 6));
    }

    /** The second look would fail: it may send no more than the first one did. */
    @Test
    void looksNoDeeperThanItHasTo() throws Exception {
        var repository = server.create("near");
        var main = repository.grow(MAIN, 60);
        var work = repository.grow(PULL, 1, main);
        var moved = repository.grow(MAIN, 1, main);
        var small = new BranchDistances(budget(3000), LONG, List.of(3, 1000));

        assertThat(small.measure(repository.http(), work, Map.of(MAIN, moved))).isEqualTo(Map.of(MAIN, 1));
        assertThat(catchThrowableOfType(
                        GitException.class,
                        () -> new BranchDistances(budget(3000), LONG, List.of(1000))
                                .measure(repository.http(), work, Map.of(MAIN, moved))))
                .hasMessageContaining("sends too much");
    }

    @Test
    void agreesWithASlowerWayInATangle() throws Exception {
        var repository = server.create("tangle");
        var random = new Random(7);
        var parents = new HashMap<String, List<String>>();
        var commits = new ArrayList<String>();
        for (int number = 0; number < 50; number++) {
            var chosen = new ArrayList<String>();
            for (int count = random.nextInt(Math.min(4, number + 1)); count > 0; count--) {
                chosen.add(commits.get(Math.max(0, number - 1 - random.nextInt(10))));
            }
            var distinct = chosen.stream().distinct().toList();
            var commit =
                    repository.commit("refs/heads/" + number, "a", "tangle" + number, distinct.toArray(String[]::new));
            parents.put(commit, distinct);
            commits.add(commit);
        }
        for (int round = 0; round < 12; round++) {
            var from = commits.get(25 + random.nextInt(25));
            var branches = new TreeMap<String, String>();
            var expected = new TreeMap<String, Integer>();
            for (int number = 0; number < 16; number++) {
                var name = "b" + number;
                branches.put(name, commits.get(random.nextInt(50)));
                var history =
                        Set.of(repository.git("rev-list", branches.get(name)).split("\n"));
                slowly(from, history, parents).ifPresent(distance -> expected.put(name, distance));
            }
            assertThat(distances.measure(repository.http(), from, branches)).isEqualTo(expected);
        }
    }

    private static OptionalInt slowly(String from, Set<String> history, Map<String, List<String>> parents) {
        var layer = Set.of(from);
        for (int distance = 0; !layer.isEmpty(); distance++) {
            if (layer.stream().anyMatch(history::contains)) {
                return OptionalInt.of(distance);
            }
            layer = layer.stream()
                    .flatMap(commit -> parents.getOrDefault(commit, List.of()).stream())
                    .collect(Collectors.toSet());
        }
        return OptionalInt.empty();
    }

    @Test
    void managesWithAServerThatCannotFilterAndStopsWhereItSendsTooMuch() throws Exception {
        var repository = server.create("unfiltered");
        repository.git("config", "uploadpack.allowFilter", "false");
        var main = repository.commit(MAIN, "a", noise());
        var work = repository.commit(PULL, "a", "small", main);

        assertThat(distances.measure(repository.http(), work, Map.of(MAIN, main)))
                .isEqualTo(Map.of(MAIN, 1));
        var failure = catchThrowableOfType(
                GitException.class,
                () -> new BranchDistances(budget(20_000), LONG, List.of(5))
                        .measure(repository.http(), work, Map.of(MAIN, main)));
        assertThat(failure.reason()).isEqualTo(Reason.TooLarge);
        assertThat(failure).hasMessageContaining("sends too much");
    }

    private static String noise() {
        var noise = new byte[300_000];
        new Random(1).nextBytes(noise);
        return HexFormat.of().formatHex(noise);
    }

    @Test
    void readsAPrivateRepositoryWithCredentialsOnly() throws Exception {
        var repository = server.create("private/distances");
        var main = repository.grow(MAIN, 1);
        var work = repository.grow(PULL, 1, main);
        var url = repository.http().url();

        assertThat(distances.measure(
                        new GitRemote("tests", url, GitServer.CREDENTIALS, true), work, Map.of(MAIN, main)))
                .isEqualTo(Map.of(MAIN, 1));
        var failure = catchThrowableOfType(
                GitException.class,
                () -> distances.measure(new GitRemote("tests", url, null, true), work, Map.of(MAIN, main)));
        assertThat(failure.reason()).isEqualTo(Reason.AuthenticationFailed);
    }

    @Test
    void givesUpOnAServerThatHangs() throws IOException {
        try (var hanging = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var remote = new GitRemote("tests", "git://127.0.0.1:" + hanging.getLocalPort() + "/r.git", null, true);
            var impatient = new BranchDistances(BUDGET, Duration.ofMillis(300), List.of(5));
            var commit = "1".repeat(40);

            var failure = catchThrowableOfType(
                    GitException.class, () -> impatient.measure(remote, commit, Map.of(MAIN, commit)));

            assertThat(failure.reason()).isEqualTo(Reason.Unreachable);
        }
    }
}
