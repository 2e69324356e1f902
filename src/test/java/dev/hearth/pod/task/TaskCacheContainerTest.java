package dev.hearth.pod.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.api.OperatingSystem;
import dev.hearth.core.taskcache.TaskCachePlan;
import dev.hearth.core.taskcache.TaskCacheReport;
import dev.hearth.core.taskcache.TaskCacheUse;
import dev.hearth.report.TaskCacheReportReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The container's command, run by the bash of this machine on real files, and what the operator reads of it. */
class TaskCacheContainerTest {
    private static final String KEY = "0123456789abcdef";
    private static final String WORK = "a".repeat(16);
    private static final String OLD = "b".repeat(16);

    @TempDir
    Path folder;

    private Path own;
    private Path state;
    private Path work;

    @BeforeEach
    void folders() throws IOException {
        folder = folder.toRealPath();
        own = Files.createDirectories(folder.resolve("own"));
        state = Files.createDirectories(folder.resolve("state"));
        work = own.resolve(KEY).resolve(WORK);
    }

    /** What a cache has may be read-only even for its owner, and a test that fails should say why, not that it cannot go. */
    @AfterEach
    void makeWritable() throws Exception {
        new ProcessBuilder("chmod", "-R", "u+rwX", folder.toString()).start().waitFor();
    }

    @Test
    void copiesAllThatWasLeftAndLeavesTheOriginalAlone() throws Exception {
        var from = old("src");
        Files.createSymbolicLink(from.resolve("link"), Path.of("/etc/passwd"));
        Files.writeString(from.resolve("name\nwith 'all' $(sorts)"), "x");
        Files.createLink(from.resolve("hard"), from.resolve("src"));
        var readOnly = Files.createDirectory(from.resolve("module"));
        Files.writeString(readOnly.resolve("file"), "y");
        Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("r-xr-xr-x"));

        var report = restored(plan(from.toString()));

        assertThat(Files.readString(work.resolve("src"))).isEqualTo("src");
        assertThat(Files.readSymbolicLink(work.resolve("link"))).isEqualTo(Path.of("/etc/passwd"));
        assertThat(work.resolve("name\nwith 'all' $(sorts)")).exists();
        assertThat(work.resolve("module/file")).exists();
        assertThat(Files.isWritable(work)).isTrue();
        Files.writeString(work.resolve("src"), "changed");
        assertThat(Files.readString(from.resolve("src"))).isEqualTo("src");
        assertThat(report.restored().get(KEY)).satisfies(it -> {
            assertThat(it.error()).isEmpty();
            assertThat(it.kib()).isPositive();
        });
        assertThat(report.left().get(KEY)).isPositive();
        assertThat(report.usage()).hasValueSatisfying(usage -> {
            assertThat(usage.content()).isGreaterThanOrEqualTo(report.left().get(KEY));
            assertThat(usage.capacity()).isGreaterThan(usage.free());
        });
    }

    @Test
    void beginsEmptyAndSaysWhyWhereACopyFails() throws Exception {
        var report = restored(plan(folder.resolve("none").toString()));

        assertThat(filled(report).error()).isEqualTo("No such file or directory");
        assertThat(work).isEmptyDirectory();
        assertThat(Files.isWritable(work)).isTrue();
    }

    @Test
    void beginsEmptyWhereACopyTakesTooLong() throws Exception {
        var from = old("src");
        var slow = Files.createDirectory(folder.resolve("bin"));
        var cp = Files.writeString(slow.resolve("cp"), "#!/bin/sh\nmkdir -p \"$5\"; exec sleep 60\n");
        Files.setPosixFilePermissions(cp, PosixFilePermissions.fromString("rwxr-xr-x"));

        var process = start(plan(from.toString(), Duration.ofSeconds(1)), slow + ":" + System.getenv("PATH"));
        ready();

        assertThat(filled(end(process)).error()).isEqualTo("it took longer than 1 s");
        assertThat(work).isEmptyDirectory();
        assertThat(work.resolveSibling("." + WORK + ".part")).doesNotExist();
    }

    /** A full volume is played by a cp that finds room only once what is outdated is gone. */
    @Test
    void makesRoomAndTriesOnceMoreWhereACopyFails() throws Exception {
        var from = old("src");
        var outdated = Files.createDirectories(own.resolve(KEY).resolve("c".repeat(16)));
        var bin = Files.createDirectory(folder.resolve("bin"));
        var cp = Files.writeString(
                bin.resolve("cp"),
                "#!/bin/sh\n[ ! -e '" + outdated + "' ] || { echo 'cp: x: No space left on device' >&2; exit 1; }\n"
                        + "PATH='" + System.getenv("PATH") + "' exec cp \"$@\"\n");
        Files.setPosixFilePermissions(cp, PosixFilePermissions.fromString("rwxr-xr-x"));
        var use = use(from.toString(), List.of(KEY + "/" + "c".repeat(16)));

        var report = run(
                new TaskCachePlan(use, List.of(KEY + "/" + OLD), Duration.ofMinutes(1)),
                bin + ":" + System.getenv("PATH"));

        assertThat(filled(report).error()).isEmpty();
        assertThat(work.resolve("src")).exists();
        assertThat(outdated).doesNotExist();
    }

    @Test
    void halfOfACopyIsNothing() throws Exception {
        var from = old("src");
        var bin = Files.createDirectory(folder.resolve("bin"));
        var cp = Files.writeString(
                bin.resolve("cp"), "#!/bin/sh\nmkdir -p \"$5\"; echo half >\"$5/src\"; exec sleep 60\n");
        Files.setPosixFilePermissions(cp, PosixFilePermissions.fromString("rwxr-xr-x"));
        var half = work.resolveSibling("." + WORK + ".part");

        // When its pod is killed in the middle
        var process = start(plan(from.toString()), bin + ":" + System.getenv("PATH"));
        await().until(() -> Files.exists(half.resolve("src")));
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        assertThat(work).doesNotExist();

        // Then one of the same name begins anew
        restored(plan(from.toString()));
        assertThat(Files.readString(work.resolve("src"))).isEqualTo("src");
        assertThat(half).doesNotExist();
    }

    @Test
    void endsAtOnceInTheMiddleOfACopyThatNobodyNeedsAnyMore() throws Exception {
        var bin = Files.createDirectory(folder.resolve("bin"));
        var cp = Files.writeString(bin.resolve("cp"), "#!/bin/sh\nmkdir -p \"$5\"; exec sleep 600\n");
        Files.setPosixFilePermissions(cp, PosixFilePermissions.fromString("rwxr-xr-x"));

        var process = start(plan(old("src").toString(), Duration.ofMinutes(10)), bin + ":" + System.getenv("PATH"));
        await().until(() -> Files.exists(work.resolveSibling("." + WORK + ".part")));
        process.destroy();

        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(work).doesNotExist();
        assertThat(state.resolve("ready")).doesNotExist();
    }

    @Test
    void whatTheTaskHasStaysWhenTheContainerIsBegunAnew() throws Exception {
        var plan = plan(old("src").toString());
        var process = start(plan, System.getenv("PATH"));
        ready();
        Files.writeString(work.resolve("made"), "by the task");
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();

        var report = restored(plan);

        assertThat(Files.readString(work.resolve("made"))).isEqualTo("by the task");
        assertThat(filled(report).kib()).isPositive();
    }

    @Test
    void removesWhatItIsToldAndTellsWhatNobodyKnows() throws Exception {
        var old = old("src");
        var unknown = Files.createDirectories(own.resolve(KEY).resolve("c".repeat(16)));
        Files.createDirectories(own.resolve(KEY).resolve("." + "d".repeat(16) + ".part"));
        Files.createDirectories(own.resolve(KEY).resolve("e".repeat(16)));
        Files.createDirectories(own.resolve("lost+found/x"));
        Files.createSymbolicLink(old.resolve("away"), unknown);
        Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("r-xr-xr-x"));

        var report = restored(new TaskCachePlan(
                use("", List.of(KEY + "/" + OLD)), List.of(KEY + "/" + "e".repeat(16)), Duration.ofMinutes(1)));

        assertThat(old).doesNotExist();
        assertThat(unknown).exists();
        assertThat(report.removed()).isTrue();
        assertThat(report.found()).containsExactlyInAnyOrder(KEY + "/" + "c".repeat(16), KEY + "/" + "d".repeat(16));
    }

    @Test
    void whatTheTaskDoesToItsDirectoryHarmsNothingElse() throws Exception {
        var from = old("src");
        var process = start(plan(from.toString()), System.getenv("PATH"));
        ready();
        Files.createSymbolicLink(work.resolve("up"), own);
        Files.createSymbolicLink(work.resolve("loop"), work);
        Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("---------"));

        var report = end(process);

        assertThat(report.restored()).containsKey(KEY);
        Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(Files.exists(work.resolve("up"), LinkOption.NOFOLLOW_LINKS)).isTrue();
        // And whoever removes it follows none of it.
        Files.delete(state.resolve("ready"));
        var next = new TaskCacheUse(
                "claim",
                "uid",
                "unit",
                1,
                List.of(new TaskCacheUse.Given(KEY, "/src", "f".repeat(16), null, "")),
                List.of(KEY + "/" + WORK));
        run(new TaskCachePlan(next, List.of(), Duration.ofMinutes(1)), "");
        assertThat(work).doesNotExist();
        assertThat(Files.readString(from.resolve("src"))).isEqualTo("src");
    }

    private static TaskCacheReport.Restored filled(TaskCacheReport report) {
        return Objects.requireNonNull(report.restored().get(KEY));
    }

    private Path old(String text) throws IOException {
        var old = Files.createDirectories(own.resolve(KEY).resolve(OLD));
        Files.writeString(old.resolve("src"), text);
        return old;
    }

    private TaskCachePlan plan(String source) {
        return plan(source, Duration.ofMinutes(1));
    }

    private TaskCachePlan plan(String source, Duration limit) {
        return new TaskCachePlan(use(source, List.of()), List.of(KEY + "/" + OLD), limit);
    }

    /** The source stands in the words, as the test's own mapping finds it there. */
    private static TaskCacheUse use(String source, List<String> remove) {
        return new TaskCacheUse(
                "claim", "uid", "unit", 1, List.of(new TaskCacheUse.Given(KEY, "/src", WORK, null, source)), remove);
    }

    private TaskCacheReport restored(TaskCachePlan plan) throws Exception {
        return run(plan, System.getenv("PATH"));
    }

    private TaskCacheReport run(TaskCachePlan plan, String path) throws Exception {
        var process = start(plan, path.isEmpty() ? System.getenv("PATH") : path);
        ready();
        return end(process);
    }

    private Process start(TaskCachePlan plan, String path) throws IOException {
        var container = new TaskCacheContainer(OperatingSystem.Linux, "tools", plan, null)
                .build(List.of(), TaskCacheUse.Given::words);
        var command = container.getCommand().stream()
                .map(argument -> argument.replace("$$", "$"))
                .toList();
        var builder = new ProcessBuilder(command);
        builder.environment().put("PATH", path);
        builder.environment().put("CACHE_OWN", own.toString());
        builder.environment().put("CACHE_STATE", state.toString());
        builder.environment().put("CACHE_MESSAGE", folder.resolve("message").toString());
        return builder.start();
    }

    private void ready() {
        await().until(() -> Files.exists(state.resolve("ready")));
    }

    /** As the kubelet does, once the container waits for it. */
    private TaskCacheReport end(Process process) throws Exception {
        await().until(() -> sleeps(process));
        process.destroy();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isZero();
        return TaskCacheReportReader.read(Files.readString(folder.resolve("message")))
                .orElseThrow();
    }

    private static boolean sleeps(Process process) {
        try (Stream<ProcessHandle> children = process.children()) {
            return children.anyMatch(child -> child.info().command().orElse("").endsWith("sleep"));
        }
    }
}
