package dev.hearth.pod.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.testreport.CollectorReport;
import dev.hearth.core.testreport.ReportGlob;
import dev.hearth.report.CollectedFile;
import dev.hearth.report.CollectorLog;
import dev.hearth.report.CollectorReportReader;
import dev.hearth.report.InMemoryFiles;
import dev.hearth.report.SkippedFile;
import dev.hearth.report.SkippedFile.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The container's command, run by the bash of this machine on real files, and what the operator reads of it. */
class CollectorContainerTest {
    private final InMemoryFiles collected = new InMemoryFiles();
    private final List<CollectedFile> files = collected.collected();

    @TempDir
    Path folder;

    private Path reports;
    private Path message;

    @BeforeEach
    void folders() throws IOException {
        folder = folder.toRealPath();
        reports = Files.createDirectories(folder.resolve("reports"));
        message = folder.resolve("message");
    }

    @Test
    void junitComesFirstAndEachFileOnce() throws Exception {
        write("a.xml", "<a/>");
        write("sub/b.xml", "<b/>");
        write("note.txt", "text");

        var kept = keep(Optional.empty(), List.of("*.xml"), List.of("**", "*.txt"), Map.of());

        assertThat(kept).isEqualTo(new CollectorReport(Optional.empty(), false, false, 3, 1, 0));
        assertThat(files).extracting(file -> relative(file)).containsExactly("a.xml", "note.txt", "sub/b.xml");
        assertThat(files).extracting(CollectedFile::junit).containsExactly(true, false, false);
    }

    @Test
    void namesMayBeAnything() throws Exception {
        for (var name :
                List.of("-rf.xml", "new\nline.xml", "q'\"$(id)`id`.xml", " space .xml", "\\n.xml", "*.xml", "é.xml")) {
            write(name, name);
        }

        var kept = keep(Optional.empty(), List.of("*.xml"), List.of(), Map.of());

        assertThat(kept.files()).isEqualTo(7);
        assertThat(kept.leftOut()).isZero();
        assertThat(files)
                .hasSize(7)
                .allSatisfy(file -> assertThat(relative(file))
                        .isEqualTo(new String(file.content(), StandardCharsets.UTF_8).replace('\n', '_')));
    }

    @Test
    void linksAreNotFollowedAndOtherKindsNotRead() throws Exception {
        write("a.xml", "<a/>");
        Files.createSymbolicLink(reports.resolve("link.xml"), Path.of("/etc/passwd"));
        Files.createSymbolicLink(reports.resolve("etc"), Path.of("/etc"));
        assertThat(new ProcessBuilder("mkfifo", reports.resolve("fifo.xml").toString())
                        .start()
                        .waitFor())
                .isZero();

        var kept = keep(Optional.empty(), List.of("*.xml", "etc/passwd", "etc/*"), List.of("**"), Map.of());

        assertThat(kept).isEqualTo(new CollectorReport(Optional.empty(), false, false, 1, 1, 0));
        assertThat(files).extracting(file -> relative(file)).containsExactly("a.xml");
    }

    @Test
    void whatIsTooMuchIsCounted() throws Exception {
        write("z.xml", "<z/>");
        write("large.txt", "x".repeat(2001));
        for (int i = 0; i < 10; i++) {
            write("note" + i + ".txt", "x");
        }

        var kept = keep(
                Optional.empty(),
                List.of("*.xml"),
                List.of("**"),
                Map.of("KEEP_FILES", "4", "KEEP_FILE_BYTES", "2000"));

        assertThat(kept).isEqualTo(new CollectorReport(Optional.empty(), false, false, 4, 1, 8));
        assertThat(files).hasSize(4).first().extracting(file -> relative(file)).isEqualTo("z.xml");
        assertThat(leftOut())
                .containsEntry("large.txt", Reason.SIZE)
                .containsEntry("note9.txt", Reason.COUNT)
                .hasSize(8);
    }

    @Test
    void aReportThatIsTooLargeIsNamed() throws Exception {
        write("large\n.xml", "x".repeat(2001));

        var kept = keep(Optional.empty(), List.of("*.xml"), List.of(), Map.of("KEEP_FILE_BYTES", "2000"));

        assertThat(kept).isEqualTo(new CollectorReport(Optional.empty(), false, false, 0, 0, 1));
        assertThat(collected.omitted()).singleElement().satisfies(file -> {
            assertThat(file.path()).endsWith("large_.xml");
            assertThat(file).returns(true, SkippedFile::junit).returns(2000L, SkippedFile::limit);
        });
    }

    @Test
    void junitFitsBeforeOthersDo() throws Exception {
        write("z.xml", "<z/>");
        var noise = new byte[200_000];
        new Random(1).nextBytes(noise);
        for (int i = 0; i < 10; i++) {
            Files.write(reports.resolve("note" + i), noise);
        }

        var kept = keep(Optional.empty(), List.of("*.xml"), List.of("**"), Map.of("KEEP_BYTES", "700000"));

        assertThat(kept).isEqualTo(new CollectorReport(Optional.empty(), false, false, 4, 586, 7));
        assertThat(leftOut()).hasSize(7).containsEntry("note9", Reason.LOG);
        assertThat(files).hasSize(4).first().extracting(file -> relative(file)).isEqualTo("z.xml");
    }

    @Test
    void noFolderIsNoReport() throws Exception {
        Files.delete(reports);
        assertThat(keep(Optional.empty(), List.of("*.xml"), List.of("**"), Map.of()))
                .isEqualTo(new CollectorReport(Optional.empty(), false, false, 0, 0, 0));
    }

    @Test
    void artifactIsToldFromEveryOther() throws Exception {
        var artifact = Files.createDirectories(folder.resolve("artifact"));
        Files.writeString(artifact.resolve("a"), "1");
        Files.writeString(artifact.resolve("new\nline"), "2".repeat(2000));
        Files.createSymbolicLink(artifact.resolve("l"), Path.of("a"));
        var first = artifactOf(artifact);
        assertThat(first.files()).isEqualTo(2);
        assertThat(first.kib()).isEqualTo(2);
        assertThat(artifactOf(artifact)).isEqualTo(first);

        // When one thing changes, and nothing else
        Files.setPosixFilePermissions(artifact.resolve("a"), PosixFilePermissions.fromString("rwxr-xr-x"));
        var executable = artifactOf(artifact);
        Files.delete(artifact.resolve("l"));
        Files.createSymbolicLink(artifact.resolve("l"), Path.of("b"));
        var linked = artifactOf(artifact);
        Files.move(artifact.resolve("a"), artifact.resolve("a2"));
        var renamed = artifactOf(artifact);
        // The same bytes, divided between the files otherwise
        Files.writeString(artifact.resolve("a2"), "12");
        Files.writeString(artifact.resolve("new\nline"), "2".repeat(1999));
        var divided = artifactOf(artifact);
        Files.createDirectory(artifact.resolve("empty"));
        var grown = artifactOf(artifact);

        assertThat(Stream.of(first, executable, linked, renamed, divided, grown).map(CollectorReport.Artifact::digest))
                .doesNotHaveDuplicates();
    }

    @Test
    void artifactThatIsNotThereOrLeadsElsewhere() throws Exception {
        var artifact = folder.resolve("artifact");
        assertThat(keepArtifact(artifact)).isEqualTo(new CollectorReport(Optional.empty(), true, false, 0, 0, 0));
        Files.createDirectory(artifact);
        assertThat(keepArtifact(artifact)).isEqualTo(new CollectorReport(Optional.empty(), true, false, 0, 0, 0));
        Files.delete(artifact);
        Files.createSymbolicLink(artifact, Path.of("/etc"));
        assertThat(keepArtifact(artifact)).isEqualTo(new CollectorReport(Optional.empty(), false, true, 0, 0, 0));
    }

    private CollectorReport.Artifact artifactOf(Path artifact) throws Exception {
        return keepArtifact(artifact).artifact().orElseThrow();
    }

    private Map<String, Reason> leftOut() {
        return collected.omitted().stream()
                .collect(Collectors.toMap(
                        file -> file.path().substring(file.path().lastIndexOf('/') + 1), SkippedFile::reason));
    }

    private CollectorReport keepArtifact(Path artifact) throws Exception {
        return keep(Optional.of(artifact.toString()), List.of(), List.of(), Map.of());
    }

    /** Starts the container's command, ends it as the kubelet does, and reads what it leaves. */
    private CollectorReport keep(
            Optional<String> artifact, List<String> junit, List<String> others, Map<String, String> limits)
            throws Exception {
        var container = new CollectorContainer("tools", inReports(junit), inReports(others), artifact).build(List.of());
        var command = container.getCommand().stream()
                .map(argument -> argument.replace("$$", "$"))
                .toList();
        var builder =
                new ProcessBuilder(command).redirectOutput(folder.resolve("log").toFile());
        builder.environment().putAll(limits);
        builder.environment().put("KEEP_MESSAGE", message.toString());
        var process = builder.start();
        while (process.children()
                .noneMatch(child -> child.info().command().orElse("").endsWith("sleep"))) {
            Thread.onSpinWait();
        }
        process.destroy();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isZero();
        try (InputStream log = Files.newInputStream(folder.resolve("log"))) {
            assertThat(CollectorLog.read(log, CollectorLog.Limits.STANDARD, collected))
                    .isEmpty();
        }
        return CollectorReportReader.read(Files.readString(message)).orElseThrow();
    }

    private List<ReportGlob> inReports(List<String> globs) {
        return globs.stream().map(glob -> new ReportGlob(reports + "/" + glob)).toList();
    }

    private void write(String name, String content) throws IOException {
        var file = reports.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private String relative(CollectedFile file) {
        return reports.relativize(Path.of("/" + file.path())).toString();
    }
}
