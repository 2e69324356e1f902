package dev.hearth.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;

class CollectorLogTest {
    private static final CollectorLog.Limits LIMITS = new CollectorLog.Limits(1 << 20, 100_000, 1000, 3);

    private final InMemoryFiles collected = new InMemoryFiles();
    private final List<CollectedFile> files = collected.collected();

    @Test
    void readsTheFilesOfAllParts() throws IOException {
        var log = part("junit", file("reports/a.xml", "<a/>"), file("reports/b.xml", "<b/>"))
                + part("files", file("reports/c.txt", "c"))
                + "end\n";

        assertThat(read(log)).isEmpty();

        assertThat(files)
                .extracting(CollectedFile::path)
                .containsExactly("reports/a.xml", "reports/b.xml", "reports/c.txt");
        assertThat(files).extracting(CollectedFile::junit).containsExactly(true, true, false);
        assertThat(files.getFirst().content()).asString(StandardCharsets.UTF_8).isEqualTo("<a/>");
    }

    @Test
    void losesOnlyTheCutPartOfALogThatEndsEarly() throws IOException {
        var log = part("junit", file("a", "1")) + part("files", file("b", "2")) + "end\n";

        var problems = read(log.substring(0, log.length() - 20));

        assertThat(files).extracting(CollectedFile::path).containsExactly("a");
        assertThat(problems).singleElement().asString().contains("not complete");
    }

    @Test
    void reportsAnEmptyLogAsIncomplete() throws IOException {
        assertThat(read("")).singleElement().asString().contains("not complete");
        assertThat(read("unable to retrieve container logs")).hasSize(1);
        assertThat(read("end\n")).isEmpty();
    }

    @Test
    void losesOnlyTheDamagedPart() throws IOException {
        var log = "part junit\nbm8gZ3ppcA==\npart junit\n!!!\n" + part("files", file("b", "2")) + "end\n";

        assertThat(read(log))
                .hasSize(2)
                .allMatch(problem -> problem.startsWith("some report files cannot be unpacked"));

        assertThat(files).extracting(CollectedFile::path).containsExactly("b");
    }

    @Test
    void rejectsUnsafePaths() throws IOException {
        var log = part("files", file("../up", "x"), file("a/../../up", "x"), file("a//b", "x"), file("a/./b", "x"))
                + part("files", file("/rooted", "x"), file("new\nline\u202e", "x"))
                + "end\n";

        assertThat(read(log)).hasSize(5).allMatch(problem -> problem.contains("empty segment, or . or .."));

        assertThat(files).extracting(CollectedFile::path).containsExactly("new_line_");
    }

    @Test
    void ignoresLinksAndDevices() throws IOException {
        var symbolic = new TarArchiveEntry("link", TarConstants.LF_SYMLINK);
        symbolic.setLinkName("/etc/passwd");
        var hard = new TarArchiveEntry("hard", TarConstants.LF_LINK);
        hard.setLinkName("/etc/passwd");
        var log = part(
                        "files",
                        new Entry(symbolic, ""),
                        new Entry(hard, ""),
                        new Entry(new TarArchiveEntry("fifo", TarConstants.LF_FIFO), ""),
                        new Entry(new TarArchiveEntry("folder/"), ""),
                        file("b", "2"))
                + "end\n";

        assertThat(read(log)).isEmpty();

        assertThat(files).extracting(CollectedFile::path).containsExactly("b");
    }

    @Test
    void enforcesTheLimits() throws IOException {
        // Given: one file that is too large, and four others with a limit of three
        var log = part("files", file("large", "x".repeat(1001)), file("a", "1"))
                + part("files", file("b", "1"), file("c", "1"), file("d", "1"))
                + "end\n";

        assertThat(read(log))
                .satisfiesExactly(
                        one -> assertThat(one).contains("large is larger than 1000"),
                        other -> assertThat(other).contains("more than 3"));

        assertThat(files).extracting(CollectedFile::path).containsExactly("a", "b", "c");
    }

    @Test
    void stopsUnpackingAtTheLimit() throws IOException {
        var zeros = "0".repeat(5_000_000);
        var log = part("files", new Entry(new TarArchiveEntry("bomb"), zeros), file("after", "x"))
                + part("files", file("later", "x"))
                + "end\n";
        assertThat(log.length()).isLessThan(10_000);

        assertThat(read(log)).isNotEmpty();

        assertThat(files).isEmpty();
    }

    @Test
    void namesLeftOutFilesWithTheirLimit() throws IOException {
        var list = String.join(
                "\0",
                "junit size 2097152 reports/a b\n.xml",
                "files count 1000 c",
                "files unreadable 0 d",
                "junit total 67108864 e",
                "files log 5242880 f",
                "files sideways 1 g",
                "junk",
                "junit size 99999999999999999999 h",
                "");
        var encoded = Base64.getEncoder().encodeToString(list.getBytes(StandardCharsets.UTF_8));

        assertThat(read("part left-out\n" + encoded + "\nend\n")).isEmpty();

        assertThat(collected.omitted())
                .extracting(SkippedFile::problem)
                .containsExactly(
                        "reports/a b_.xml was left out: it is larger than 2 MiB; its tests are not counted",
                        "c was left out: there are more than 1000 report files",
                        "d was left out: it cannot be read",
                        "e was left out: all report files together are larger than 64 MiB; its tests are not counted",
                        "f was left out: all report files together are larger than 5 MiB when compressed");
    }

    @Test
    void limitsTheListOfLeftOutFiles() throws IOException {
        var encoded = Base64.getEncoder()
                .encodeToString("files size 1 x\0".repeat(1000).getBytes(StandardCharsets.UTF_8));

        assertThat(read("part left-out\n" + encoded + "\npart left-out\n!\nend\n"))
                .hasSize(1);

        assertThat(collected.omitted()).hasSize(20);
    }

    @Test
    void stopsReadingAnEndlessLogAtTheLimit() throws IOException {
        assertThat(read("part files\n" + "A".repeat(3 << 20)))
                .singleElement()
                .asString()
                .contains("not complete");
    }

    @Property(tries = 300)
    void reportsAnyDamage(@ForAll long seed) throws IOException {
        files.clear();
        var log = (part("junit", file("a", "1"), file("b", "2")) + "end\n").getBytes(StandardCharsets.ISO_8859_1);
        var random = new Random(seed);
        log[random.nextInt(log.length)] = (byte) random.nextInt(256);

        var problems = CollectorLog.read(new ByteArrayInputStream(log), LIMITS, collected);

        var whole = files.stream()
                .map(file -> new String(file.content(), StandardCharsets.UTF_8))
                .toList();
        assertThat(!problems.isEmpty() || whole.equals(List.of("1", "2"))).isTrue();
    }

    private List<String> read(String log) throws IOException {
        return CollectorLog.read(
                new ByteArrayInputStream(log.getBytes(StandardCharsets.ISO_8859_1)), LIMITS, collected);
    }

    private record Entry(TarArchiveEntry entry, String content) {}

    private static Entry file(String path, String content) {
        return new Entry(new TarArchiveEntry(path, true), content);
    }

    private static String part(String kind, Entry... entries) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var archive = new TarArchiveOutputStream(new GZIPOutputStream(bytes), StandardCharsets.UTF_8.name())) {
            archive.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
            for (Entry entry : entries) {
                var content = entry.content().getBytes(StandardCharsets.UTF_8);
                entry.entry().setSize(content.length);
                archive.putArchiveEntry(entry.entry());
                archive.write(content);
                archive.closeArchiveEntry();
            }
        }
        return "part " + kind + "\n"
                + Base64.getMimeEncoder(8000, new byte[] {'\n'}).encodeToString(bytes.toByteArray()) + "\n";
    }
}
