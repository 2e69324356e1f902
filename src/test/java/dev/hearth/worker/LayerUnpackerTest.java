package dev.hearth.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that no packer of Hearth's has made. */
class LayerUnpackerTest {
    private static final long LIMIT = 1 << 20;

    @TempDir
    Path temporary;

    private Path outside;

    @BeforeEach
    void makeSomethingToAttack() throws IOException {
        outside = Files.createDirectory(temporary.resolve("outside"));
        Files.writeString(outside.resolve("precious"), "kept");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../outside/precious", "a/../../outside/precious", "/precious", "./../outside/precious", ".."})
    void writesNothingOutside(String name) throws Exception {
        refused(layer(tar -> file(tar, name, "stolen")), "leads out of the folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../outside", "/tmp"})
    void writesNothingThroughALink(String target) throws Exception {
        refused(
                layer(tar -> {
                    entry(tar, "link", TarConstants.LF_SYMLINK, target);
                    file(tar, "link/precious", "stolen");
                }),
                "goes through a file or a link");
    }

    @Test
    void writesNoFileOverALink() throws Exception {
        refused(
                layer(tar -> {
                    entry(tar, "link", TarConstants.LF_SYMLINK, "../outside/precious");
                    file(tar, "link", "stolen");
                }),
                "is there twice");
    }

    @Test
    void makesNoFolderOfALink() throws Exception {
        refused(
                layer(tar -> {
                    entry(tar, "link", TarConstants.LF_SYMLINK, "../outside");
                    entry(tar, "link/", TarConstants.LF_DIR, "");
                }),
                "is there twice");
    }

    @Test
    void makesNoHardLink() throws Exception {
        refused(
                layer(tar -> entry(tar, "name", TarConstants.LF_LINK, "../outside/precious")),
                "is not a file, folder or symbolic link");
    }

    @ParameterizedTest
    @ValueSource(bytes = {TarConstants.LF_CHR, TarConstants.LF_BLK, TarConstants.LF_FIFO})
    void makesNoDevice(byte type) throws Exception {
        refused(layer(tar -> entry(tar, "node", type, "")), "is not a file, folder or symbolic link");
    }

    @Test
    void stopsABomb() throws Exception {
        var bomb = layer(tar -> {
            var entry = new TarArchiveEntry("zeros");
            entry.setSize(1L << 26);
            tar.putArchiveEntry(entry);
            tar.write(new byte[1 << 26]);
            tar.closeArchiveEntry();
        });
        assertThat(bomb.length).isLessThan((int) LIMIT);

        refused(bomb, "is larger than 1048576 bytes");
    }

    /** A hole costs nothing to send. */
    @Test
    void makesNoSparseFile() throws Exception {
        refused(
                layer(tar -> {
                    pax(tar, "GNU.sparse.size=2000000000", "GNU.sparse.numblocks=1", "GNU.sparse.map=1999999999,1");
                    file(tar, "hole", "x");
                }),
                "is a sparse file");
    }

    @Test
    void keepsModesOfFoldersThatNobodyMayWriteTo() throws Exception {
        var layer = layer(tar -> {
            entry(tar, "closed/", TarConstants.LF_DIR, "", 0555);
            file(tar, "closed/file", "in");
        });

        unpack(layer);

        assertThat(FolderTrees.of(temporary.resolve("new")))
                .isEqualTo(Map.of("closed", "40555 /", "closed/file", "100644 [105, 110]"));
        FolderTrees.mode(temporary.resolve("new/closed"), 0755);
    }

    private void refused(byte[] layer, String why) throws IOException {
        assertThatThrownBy(() -> unpack(layer))
                .isInstanceOf(WorkerFailure.class)
                .hasMessageContaining(why);
        assertThat(FolderTrees.of(outside)).isEqualTo(Map.of("precious", "100644 [107, 101, 112, 116]"));
        try (var left = Files.list(temporary)) {
            assertThat(left.map(it -> it.getFileName().toString())).containsOnly("outside", "new");
        }
    }

    private void unpack(byte[] layer) throws IOException, WorkerFailure {
        LayerUnpacker.unpack(new ByteArrayInputStream(layer), temporary.resolve("new"), LIMIT);
    }

    private static byte[] layer(Content content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
            content.write(tar);
        }
        return bytes.toByteArray();
    }

    private static void file(TarArchiveOutputStream tar, String name, String text) throws IOException {
        var entry = new TarArchiveEntry(name, true);
        entry.setMode(0644);
        entry.setSize(text.length());
        tar.putArchiveEntry(entry);
        tar.write(text.getBytes(StandardCharsets.UTF_8));
        tar.closeArchiveEntry();
    }

    /** Each record begins with its own length; these are of two digits. */
    private static void pax(TarArchiveOutputStream tar, String... records) throws IOException {
        var text = new StringBuilder();
        for (String record : records) {
            text.append(record.length() + 4).append(' ').append(record).append('\n');
        }
        var entry = new TarArchiveEntry("headers", TarConstants.LF_PAX_EXTENDED_HEADER_LC);
        entry.setSize(text.length());
        tar.putArchiveEntry(entry);
        tar.write(text.toString().getBytes(StandardCharsets.UTF_8));
        tar.closeArchiveEntry();
    }

    private static void entry(TarArchiveOutputStream tar, String name, byte type, String target) throws IOException {
        entry(tar, name, type, target, 0755);
    }

    private static void entry(TarArchiveOutputStream tar, String name, byte type, String target, int mode)
            throws IOException {
        var entry = new TarArchiveEntry(name, type, true);
        entry.setLinkName(target);
        entry.setMode(mode);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }

    @FunctionalInterface
    private interface Content {
        void write(TarArchiveOutputStream tar) throws IOException;
    }
}
