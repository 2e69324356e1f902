package dev.hearth.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hearth.git.GitServer.Entry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@Tag("slow")
class CommitChangesTest {
    private static final String MAIN = "refs/heads/main";
    private static final String PULL = "refs/pull/1/head";
    private static GitServer server;

    private final CommitChanges changes = new CommitChanges(GitServer.BUDGET);

    @BeforeAll
    static void start() throws IOException {
        server = GitServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    private static CommitChanges within(int mostEntries, Integer... depths) {
        return new CommitChanges(GitServer.BUDGET, Duration.ofSeconds(30), List.of(depths), mostEntries);
    }

    @Test
    void readsTheWholeMessage() throws Exception {
        var repository = server.create("message");
        var tree = repository.git("rev-parse", repository.commit(MAIN, "a", "1") + "^{tree}");
        var commit = repository.git("commit-tree", tree, "-m", "Fix: größer", "-m", "[skip ci]");
        repository.set(MAIN, commit);
        for (GitRemote remote : List.of(repository.http(), repository.git())) {
            assertThat(changes.message(remote, commit)).isEqualTo("Fix: größer\n\n[skip ci]\n");
        }
    }

    @Test
    void namesTheFilesThatDiffer() throws Exception {
        var repository = server.create("files");
        var before = repository.commit(
                MAIN,
                List.of(
                        new Entry("100644", "same", "1"),
                        new Entry("100644", "docs/gone.md", "1"),
                        new Entry("100644", "docs/deep/changed.md", "1"),
                        new Entry("100644", "run.sh", "1")));
        var after = repository.commit(
                MAIN,
                List.of(
                        new Entry("100644", "same", "1"),
                        new Entry("100644", "docs/deep/changed.md", "2"),
                        new Entry("100755", "run.sh", "1"),
                        new Entry("160000", "sub", before)),
                before);
        for (GitRemote remote : List.of(repository.http(), repository.git())) {
            var all = changes.between(remote, before, after, (_, _) -> false);
            assertThat(all.examples()).containsExactly("docs/deep/changed.md", "docs/gone.md", "run.sh", "sub");
            assertThat(all.total()).isEqualTo(4);
            assertThat(all.found()).isFalse();
        }
        assertThat(changes.between(repository.http(), before, after, (path, _) -> path.equals("run.sh"))
                        .found())
                .isTrue();
        assertThat(changes.between(repository.http(), before, before, (_, _) -> true)
                        .found())
                .isFalse();
    }

    @Test
    void givesUpOnTooManyFiles() throws Exception {
        var repository = server.create("many");
        var before = repository.commit(MAIN, "a", "1");
        var after = repository.commit(
                MAIN,
                IntStream.range(0, 12)
                        .mapToObj(number -> new Entry("100644", "f" + number, "1"))
                        .toList(),
                before);
        assertThat(changes.between(repository.http(), before, after, (_, _) -> false)
                        .examples())
                .hasSize(8);
        assertThatThrownBy(() -> within(10, 1).between(repository.http(), before, after, (_, _) -> false))
                .isInstanceOf(GitException.class)
                .hasMessageContaining("differ in more than 10 files and folders");
    }

    @Test
    void submoduleIsADirectory() throws Exception {
        var repository = server.create("submodule");
        var before = repository.commit(MAIN, "a", "1");
        var after = repository.commit(
                MAIN, List.of(new Entry("100644", "a", "1"), new Entry("160000", "libs/foo", before)), before);
        assertThat(changes.between(repository.http(), before, after, (path, directory) -> {
                            assertThat(path).isEqualTo("libs/foo");
                            return directory;
                        })
                        .found())
                .isTrue();
    }

    /** Twenty trees of ten entries each, which lead to one empty tree: they stand for more folders than can be visited. */
    @Test
    void treesThatStandForCountlessFoldersEnd() throws Exception {
        var repository = server.create("bomb");
        var before = repository.commit(MAIN, "a", "1");
        var tree = repository.git("", List.of("mktree"));
        for (int level = 0; level < 20; level++) {
            var entries = new StringBuilder();
            for (int entry = 0; entry < 10; entry++) {
                entries.append("040000 tree %s\t%d\n".formatted(tree, entry));
            }
            tree = repository.git(entries.toString(), List.of("mktree"));
        }
        var bomb = repository.commit(PULL, tree, List.of(before));
        assertThatThrownBy(() -> within(1000, 1).between(repository.http(), before, bomb, (_, _) -> false))
                .isInstanceOf(GitException.class)
                .hasMessageContaining("more than 1000 files and folders");
    }

    @Test
    void severalBasesAreNone() throws Exception {
        var repository = server.create("cross");
        var root = repository.commit(MAIN, "a", "1");
        var left = repository.commit("refs/heads/left", "a", "left", root);
        var right = repository.commit("refs/heads/right", "a", "right", root);
        var main = repository.commit(MAIN, "a", "both", left, right);
        var proposed = repository.commit(PULL, "a", "left", right, left);
        assertThat(changes.mergeBase(repository.http(), proposed, main)).isEmpty();
    }

    @Test
    void findsWhereAPullRequestLeavesItsBranch() throws Exception {
        var repository = server.create("base");
        var root = repository.commit(MAIN, "a", "1");
        var fork = repository.grow(MAIN, 3, root);
        var proposed = repository.grow(PULL, 2, fork);
        var main = repository.grow(MAIN, 4, fork);
        for (GitRemote remote : List.of(repository.http(), repository.git())) {
            assertThat(changes.mergeBase(remote, proposed, main)).contains(fork);
            assertThat(changes.mergeBase(remote, fork, main)).contains(fork);
        }
        var merged = repository.commit(PULL, "a", "merge", proposed, main);
        assertThat(changes.mergeBase(repository.http(), merged, main)).contains(main);
        var foreign = repository.commit("refs/pull/2/head", "a", "other");
        assertThat(changes.mergeBase(repository.http(), foreign, main)).isEmpty();
    }

    @Test
    void fetchesMoreHistoryUntilTheBaseIsCertain() throws Exception {
        var repository = server.create("deep");
        var fork = repository.grow(MAIN, 2, repository.commit(MAIN, "a", "1"));
        var proposed = repository.grow(PULL, 2, fork);
        var main = repository.grow(MAIN, 12, fork);
        assertThat(within(10, 3).mergeBase(repository.http(), proposed, main)).isEmpty();
        assertThat(within(10, 3, 20).mergeBase(repository.http(), proposed, main))
                .contains(fork);
    }
}
