package dev.hearth.git;

import static dev.hearth.git.GitServer.BUDGET;
import static dev.hearth.git.GitServer.budget;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hearth.git.GitException.Reason;
import dev.hearth.git.GitServer.Entry;
import dev.hearth.git.GitServer.Repository;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@Tag("slow")
class CommitFilesTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String MAIN = "refs/heads/main";
    private static final String FILE = "100644";
    private static final String PROGRAM = "100755";
    private static final String LINK = "120000";
    private static final String SUBMODULE = "160000";
    private static final String COMMIT = "1".repeat(40);
    private static GitServer server;

    private final CommitFiles files = new CommitFiles(BUDGET);

    @BeforeAll
    static void start() throws IOException {
        server = GitServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    private Optional<String> hash(Repository repository, String commit, String... patterns) throws GitException {
        return hash(files, repository.http(), commit, patterns);
    }

    private static Optional<String> hash(CommitFiles files, GitRemote remote, String commit, String... patterns)
            throws GitException {
        return Optional.ofNullable(files.hashes(remote, commit, Set.of(), _ -> Map.of("it", List.of(patterns)))
                .get("it"));
    }

    private static GitException failure(CommitFiles files, GitRemote remote, String commit, String... patterns) {
        var failure = catchThrowableOfType(GitException.class, () -> hash(files, remote, commit, patterns));
        assertThat(failure).isNotNull();
        return failure;
    }

    @Test
    void changesWithTheFilesThatMatchAndWithNothingElse() throws Exception {
        var repository = server.create("changes");
        var lock = new Entry(FILE, "Cargo.lock", "v1");
        var script = new Entry(FILE, "scripts/build/run", "make");
        var commit = repository.commit(MAIN, List.of(lock, script, new Entry(FILE, "main.rs", "old")));
        var hash = hash(repository, commit, "Cargo.*", "scripts/**");

        var others = List.of(
                List.of(lock, script, new Entry(FILE, "main.rs", "new"), new Entry(FILE, "Cargo/x", "")),
                List.of(lock, script));
        var changes = List.of(
                List.of(new Entry(FILE, "Cargo.lock", "v2"), script),
                List.of(new Entry(PROGRAM, "Cargo.lock", "v1"), script),
                List.of(new Entry(LINK, "Cargo.lock", "v1"), script),
                List.of(new Entry(FILE, "sub/Cargo.lock", "v1"), script),
                List.of(lock, script, new Entry(FILE, "Cargo.toml", "")),
                List.of(lock, new Entry(PROGRAM, "scripts/build/run", "make")),
                List.of(lock, new Entry(FILE, "scripts/build/run2", "make")),
                List.of(lock));

        assertThat(hash).hasValueSatisfying(it -> assertThat(it).matches("[0-9a-f]{64}"));
        for (List<Entry> same : others) {
            assertThat(hash(repository, repository.commit(MAIN, same, commit), "Cargo.*", "scripts/**"))
                    .isEqualTo(hash);
        }
        var seen = new ArrayList<>(List.of(hash));
        for (List<Entry> other : changes) {
            var changed = hash(repository, repository.commit(MAIN, other, commit), "Cargo.*", "scripts/**");
            assertThat(changed).isPresent().isNotIn(seen);
            seen.add(changed);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Cargo.*,            a/b/Cargo.lock, true",
        "/Cargo.*,           Cargo.lock,     true",
        "/Cargo.*,           a/Cargo.lock,   false",
        "scripts/*,          scripts/a,      true",
        "scripts/*,          a/scripts/a,    false",
        "**/scripts/*,       a/b/scripts/a,  true",
        "scripts/**,         scripts/a/b,    true",
        "scripts/**,         scripts,        false",
        "a/**/b,             a/x/y/b,        true",
        "a/**/b,             a/b,            true",
        ".cargo/,            x/.cargo/c,     true",
        ".cargo/,            x/.cargo,       false",
        ".cargo,             x/.cargo/c,     true",
        "requirements*.txt,  requirements-dev.txt, true",
        "Dockerfile?,        Dockerfile2,    true",
        "dockerfile,         Dockerfile,     false",
        "#Dockerfile,        Dockerfile,     false",
        "/D\\*\\[\\?\\\\x,     'D*[?\\x',       true",
        "/D\\*\\[\\?\\\\x,     'Dy[z\\x',       false",
        "[,                  '[',            false"
    })
    void matchesAsGitignoreDoes(String pattern, String path, boolean matches) throws Exception {
        var repository = server.create("match-" + Integer.toHexString((pattern + path).hashCode()));
        var commit = repository.commit(MAIN, List.of(new Entry(FILE, path, "x")));

        assertThat(hash(repository, commit, pattern).isPresent()).isEqualTo(matches);
    }

    @Test
    void lastPatternThatMatchesDecides() throws Exception {
        var repository = server.create("negated");
        var commit = repository.commit(
                MAIN, List.of(new Entry(FILE, "scripts/README", "1"), new Entry(FILE, "scripts/run", "1")));
        var changed = repository.commit(
                MAIN, List.of(new Entry(FILE, "scripts/README", "2"), new Entry(FILE, "scripts/run", "1")));

        assertThat(hash(repository, commit, "scripts/**", "!README"))
                .isPresent()
                .isEqualTo(hash(repository, changed, "scripts/**", "!README"));
        assertThat(hash(repository, commit, "!README", "scripts/**"))
                .isNotEqualTo(hash(repository, changed, "!README", "scripts/**"));
    }

    @Test
    void takesASubmoduleForADirectoryAndALinkForAFile() throws Exception {
        var repository = server.create("entries");
        var commit = repository.commit(
                MAIN, List.of(new Entry(SUBMODULE, "third/lib", COMMIT), new Entry(LINK, "Dockerfile", "docker/a")));
        var moved = repository.commit(
                MAIN,
                List.of(new Entry(SUBMODULE, "third/lib", "2".repeat(40)), new Entry(LINK, "Dockerfile", "docker/b")));

        assertThat(hash(repository, commit, "lib/")).isPresent().isNotEqualTo(hash(repository, moved, "lib/"));
        assertThat(hash(repository, commit, "third/**")).isPresent().isNotEqualTo(hash(repository, moved, "third/**"));
        assertThat(hash(repository, commit, "Dockerfile"))
                .isPresent()
                .isNotEqualTo(hash(repository, moved, "Dockerfile"));
        assertThat(hash(repository, commit, "Dockerfile/")).isEmpty();
        assertThat(hash(repository, commit, "third/lib/**")).isEmpty();
    }

    @Test
    void tellsWhichNamesFilesHaveInAnyDirectory() throws Exception {
        var repository = server.create("names");
        var commit = repository.commit(
                MAIN,
                List.of(
                        new Entry(FILE, "pom.xml", ""),
                        new Entry(FILE, "web/app/package.json", ""),
                        new Entry(FILE, "go.mod/file", ""),
                        new Entry(SUBMODULE, "setup.py", COMMIT)));
        var asked = new ArrayList<Set<String>>();

        var hash = files.hashes(
                repository.http(), commit, Set.of("pom.xml", "package.json", "go.mod", "setup.py", "x"), found -> {
                    asked.add(found);
                    return Map.of("it", List.of("pom.xml"));
                });

        assertThat(asked).containsExactly(Set.of("pom.xml", "package.json"));
        assertThat(hash)
                .isEqualTo(Map.of("it", hash(repository, commit, "pom.xml").orElseThrow()));
    }

    @Test
    void isEmptyWhereNothingMatches() throws Exception {
        var repository = server.create("nothing");
        var commit = repository.commit(MAIN, "a", "1");
        var empty = repository.commit(MAIN, List.of());

        assertThat(hash(repository, commit, "b", "a/")).isEmpty();
        assertThat(hash(repository, commit)).isEmpty();
        assertThat(hash(repository, empty, "*")).isEmpty();
    }

    @Test
    void readsACommitThatIsNotTheNewest() throws Exception {
        var repository = server.create("old/commit");
        var first = repository.commit(MAIN, "a", "1");
        var second = repository.commit(MAIN, "a", "2", first);

        for (GitRemote remote : List.of(repository.http(), repository.git())) {
            assertThat(hash(files, remote, first, "a")).isPresent().isNotEqualTo(hash(files, remote, second, "a"));
        }
    }

    @Test
    void fetchesNoFilesContent() throws Exception {
        var repository = server.create("large");
        var commit = repository.commit(MAIN, "a", noise());
        var small = new CommitFiles(budget(20_000), LONG, 100);

        assertThat(hash(small, repository.git(), commit, "a")).isPresent();
        assertThat(hash(small, repository.http(), commit, "a")).isPresent();
    }

    @Test
    void managesWithAServerThatCannotFilterAndStopsWhereItSendsTooMuch() throws Exception {
        var repository = server.create("unfiltered");
        var commit = repository.commit(MAIN, "a", noise());
        var filtered = hash(repository, commit, "a");
        repository.git("config", "uploadpack.allowFilter", "false");

        var unfiltered = hash(repository, commit, "a");
        var failure = failure(new CommitFiles(budget(20_000), LONG, 100), repository.http(), commit, "a");

        assertThat(unfiltered).isPresent().isEqualTo(filtered);
        assertThat(failure.reason()).isEqualTo(Reason.TooLarge);
        assertThat(failure).hasMessageContaining("sends too much");
    }

    private static String noise() {
        var noise = new byte[300_000];
        new Random(1).nextBytes(noise);
        return HexFormat.of().formatHex(noise);
    }

    /** Ten trees in one of ten in one: a hundred million files in a few hundred bytes. */
    @Test
    void stopsInATreeThatIsLargerThanItLooks() {
        var repository = server.create("bomb");
        var tree = repository.git("100644 blob " + repository.blob("x") + "\tfile\n", List.of("mktree"));
        for (int level = 0; level < 8; level++) {
            var inner = tree;
            var ten = IntStream.range(0, 10)
                    .mapToObj(number -> "040000 tree " + inner + "\t" + number + "\n")
                    .collect(Collectors.joining());
            tree = repository.git(ten, List.of("mktree"));
        }
        var commit = repository.commit(MAIN, tree, List.of());

        var failure = failure(files, repository.http(), commit, "Dockerfile");

        assertThat(failure.reason()).isEqualTo(Reason.Invalid);
        assertThat(failure).hasMessageContaining("has more than 500000 files and directories");
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 20_000})
    void stopsAtANameThatNoFileSystemTakes(int length) {
        var repository = server.create("name-" + length);
        var listed = "100644 blob %s\t%s\n".formatted(repository.blob("x"), "a".repeat(length));
        var commit = repository.commit(MAIN, repository.git(listed, List.of("mktree")), List.of());

        assertThat(failure(files, repository.http(), commit, "*a*a*b"))
                .hasMessageContaining("too long for a file system");
    }

    @Test
    void stopsInATreeThatIsDeeperThanAPathIsLong() {
        var repository = server.create("deep");
        var commit = repository.commit(MAIN, List.of(new Entry(FILE, "d/".repeat(2100) + "file", "x")));

        assertThat(failure(files, repository.http(), commit, "file"))
                .hasMessageContaining("too long for a file system");
    }

    @Test
    void readsAPrivateRepositoryWithCredentialsOnly() throws Exception {
        var repository = server.create("private/files");
        var commit = repository.commit(MAIN, "a", "1");
        var url = repository.http().url();

        assertThat(hash(files, new GitRemote("tests", url, GitServer.CREDENTIALS, true), commit, "a"))
                .isPresent();
        assertThat(failure(files, new GitRemote("tests", url, null, true), commit, "a")
                        .reason())
                .isEqualTo(Reason.AuthenticationFailed);
    }

    @Test
    void failsWhereThereIsNoSuchCommit() {
        var repository = server.create("missing");
        repository.commit(MAIN, "a", "1");

        assertThat(failure(files, repository.http(), COMMIT, "a")).hasMessageContaining(COMMIT);
    }

    @Test
    void givesUpOnAServerThatHangs() throws IOException {
        try (var hanging = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var remote = new GitRemote("tests", "git://127.0.0.1:" + hanging.getLocalPort() + "/r.git", null, true);
            var impatient = new CommitFiles(BUDGET, Duration.ofMillis(300), 1000);

            assertThat(failure(impatient, remote, COMMIT, "a").reason()).isEqualTo(Reason.Unreachable);
        }
    }

    @Test
    void readsOneFileWithAndWithoutFilter() throws Exception {
        var repository = server.create("content");
        var commit = repository.commit(
                MAIN,
                List.of(new Entry(FILE, ".hearth/pipeline.yaml", "spec: ä\n"), new Entry(PROGRAM, "run", "make")));

        for (GitRemote remote : List.of(repository.http(), repository.git())) {
            assertThat(text(files.read(remote, commit, ".hearth/pipeline.yaml", 9)))
                    .isEqualTo("spec: ä\n");
            assertThat(text(files.read(remote, commit, "run", 100))).isEqualTo("make");
            assertThat(files.read(remote, commit, ".hearth/pipeline.yaml", 8)).isInstanceOf(FoundFile.TooLarge.class);
        }
        repository.git("config", "uploadpack.allowFilter", "false");
        assertThat(text(files.read(repository.http(), commit, ".hearth/pipeline.yaml", 9)))
                .isEqualTo("spec: ä\n");
    }

    @Test
    void followsNoLinkAndNoSubmodule() throws Exception {
        var repository = server.create("links");
        var commit = repository.commit(
                MAIN,
                List.of(
                        new Entry(FILE, "folder/file", "a"),
                        new Entry(LINK, "link", "folder/file"),
                        new Entry(LINK, "linked", "folder"),
                        new Entry(SUBMODULE, "module", COMMIT)));

        var remote = repository.http();
        assertThat(files.read(remote, commit, "link", 9)).isEqualTo(new FoundFile.NotAFile("a symbolic link"));
        assertThat(files.read(remote, commit, "module", 9)).isEqualTo(new FoundFile.NotAFile("a submodule"));
        assertThat(files.read(remote, commit, "folder", 9)).isEqualTo(new FoundFile.NotAFile("a directory"));
        for (String path : List.of("linked/file", "module/file", "folder/other", "folder/file/more", "none")) {
            assertThat(files.read(remote, commit, path, 9)).as(path).isEqualTo(new FoundFile.Missing());
        }
    }

    /** A file beyond the budget of the operator's answers is not read into memory. */
    @Test
    void largeFileCostsNoMoreThanTheBudget() throws Exception {
        var repository = server.create("large-file");
        var content = new byte[1 << 20];
        new Random(1).nextBytes(content);
        var commit = repository.commit(
                MAIN, List.of(new Entry(FILE, "large", HexFormat.of().formatHex(content))));

        assertThat(catchThrowableOfType(
                        GitException.class,
                        () -> new CommitFiles(budget(1 << 20)).read(repository.http(), commit, "large", 256 << 10)))
                .returns(Reason.TooLarge, GitException::reason);
        assertThat(files.read(repository.http(), commit, "large", 256 << 10)).isEqualTo(new FoundFile.TooLarge());
    }

    private static String text(FoundFile file) {
        assertThat(file).isInstanceOf(FoundFile.Content.class);
        return StandardCharsets.UTF_8.decode(((FoundFile.Content) file).bytes()).toString();
    }
}
