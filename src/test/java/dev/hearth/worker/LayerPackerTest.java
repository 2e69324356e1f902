package dev.hearth.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hearth.registry.ArtifactLayer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerPackerTest {
    private static final long LIMIT = 1 << 24;

    @TempDir
    Path temporary;

    /** Names that collide in no way: a file cannot be a folder too. */
    @Provide
    Arbitrary<Map<String, Node>> trees() {
        var part = Arbitraries.of("a", "b", "ä ö", "-x", "new\nline", "back\\slash", "c".repeat(120), "日本", "..z");
        var path = part.list().ofMinSize(1).ofMaxSize(3).map(parts -> String.join("/", parts) + ".");
        var node = Combinators.combine(
                        Arbitraries.of("file", "folder", "link"),
                        Arbitraries.of(0644, 0755, 0600, 0444, 0500, 04755, 01777),
                        Arbitraries.strings().ofMaxLength(300))
                .as(Node::new);
        return Arbitraries.maps(path, node).ofMaxSize(8);
    }

    record Node(String kind, int mode, String content) {
        void make(Path path) throws IOException {
            Files.createDirectories(path.getParent());
            switch (kind) {
                case "file" -> FolderTrees.mode(Files.writeString(path, content), mode);
                case "folder" -> FolderTrees.mode(Files.createDirectory(path), mode | 0700);
                default ->
                    Files.createSymbolicLink(path, Path.of("../ü/" + content.length() + "x".repeat(content.length())));
            }
        }
    }

    @Property(tries = 60)
    void sameFilesAreTheSameLayerAndComeBackAsTheyWere(@ForAll("trees") Map<String, Node> tree, @ForAll Random random)
            throws Exception {
        var folder = Files.createTempDirectory("hearth-layer");
        try {
            var one = make(Files.createDirectory(folder.resolve("one")), tree, new Random(1), 1_000);
            var other = make(Files.createDirectory(folder.resolve("other")), tree, random, 2_000_000_000_000L);

            var first = LayerPacker.pack(one, folder.resolve("one.tar.gz"));
            var second = LayerPacker.pack(other, folder.resolve("other.tar.gz"));
            try (var in = Files.newInputStream(first.file())) {
                LayerUnpacker.unpack(in, folder.resolve("back"), LIMIT);
            }

            assertThat(second.digest()).isEqualTo(first.digest());
            assertThat(second.diffId()).isEqualTo(first.diffId());
            assertThat(Files.readAllBytes(second.file())).isEqualTo(Files.readAllBytes(first.file()));
            assertThat(FolderTrees.of(folder.resolve("back"))).isEqualTo(FolderTrees.of(one));
        } finally {
            FolderTrees.delete(folder);
        }
    }

    private static Path make(Path folder, Map<String, Node> tree, Random random, long time) throws IOException {
        var order = new ArrayList<>(tree.entrySet());
        Collections.shuffle(order, random);
        for (var entry : order) {
            entry.getValue().make(folder.resolve(entry.getKey()));
        }
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.filter(it -> !Files.isSymbolicLink(it)).toList()) {
                Files.setLastModifiedTime(path, FileTime.fromMillis(time));
            }
        }
        return folder;
    }

    @Test
    void everythingBelongsToTheTasksUserAndIsOfNoDate() throws Exception {
        Files.writeString(temporary.resolve("file"), "x");
        Files.createLink(temporary.resolve("name"), temporary.resolve("file"));

        assertThat(entries(temporary)).hasSize(2).allSatisfy(entry -> {
            assertThat(entry.getLongUserId()).isEqualTo(1000);
            assertThat(entry.getLongGroupId()).isEqualTo(1000);
            assertThat(entry.getLastModifiedTime().toMillis()).isZero();
            assertThat(entry.isFile()).as("a hard link is a file").isTrue();
            assertThat(entry.getSize()).isEqualTo(1);
        });
    }

    @Test
    void anotherModeIsAnotherLayer() throws Exception {
        var file = Files.writeString(temporary.resolve("file"), "x");
        FolderTrees.mode(file, 0644);
        var before = pack(temporary).digest();

        FolderTrees.mode(file, 0755);

        assertThat(pack(temporary).digest()).isNotEqualTo(before);
    }

    @Test
    void refusesWhatIsNoFile() throws Exception {
        Files.createDirectory(temporary.resolve("run"));
        assertThat(new ProcessBuilder("mkfifo", temporary.resolve("run/pipe").toString())
                        .start()
                        .waitFor())
                .isZero();

        assertThatThrownBy(() -> pack(temporary))
                .isInstanceOf(WorkerFailure.class)
                .hasMessageContaining("run/pipe is a device, a FIFO or a socket");
    }

    @Test
    void refusesNamesThatMeanDeletionInAnImage() throws Exception {
        Files.writeString(temporary.resolve(".wh.passwd"), "");

        assertThatThrownBy(() -> pack(temporary))
                .isInstanceOf(WorkerFailure.class)
                .hasMessageContaining(".wh.passwd cannot be in an image");
    }

    @Test
    void refusesNamesThatAreNoText() throws Exception {
        assertThat(new ProcessBuilder("bash", "-c", "touch \"$0\"/$'caf\\xe9'", temporary.toString())
                        .start()
                        .waitFor())
                .isZero();

        assertThatThrownBy(() -> pack(temporary))
                .isInstanceOf(WorkerFailure.class)
                .hasMessageContaining("is not UTF-8");
    }

    @Test
    void saysThatThereIsNoFolder() {
        assertThatThrownBy(() -> pack(temporary.resolve("nothing")))
                .isInstanceOf(WorkerFailure.class)
                .hasMessageContaining("the artifact is not a folder");
    }

    private static ArtifactLayer pack(Path folder) throws IOException, WorkerFailure {
        return LayerPacker.pack(folder, Files.createTempFile(folder.getParent(), "layer", ".tar.gz"));
    }

    private static List<TarArchiveEntry> entries(Path folder) throws IOException, WorkerFailure {
        var entries = new ArrayList<TarArchiveEntry>();
        try (var tar = new TarArchiveInputStream(
                new GZIPInputStream(Files.newInputStream(pack(folder).file())), StandardCharsets.UTF_8.name())) {
            for (TarArchiveEntry entry; (entry = tar.getNextEntry()) != null; ) {
                entries.add(entry);
            }
        }
        return entries;
    }
}
