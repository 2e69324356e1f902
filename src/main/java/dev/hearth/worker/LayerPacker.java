package dev.hearth.worker;

import dev.hearth.registry.ArtifactLayer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.Deflater;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;

/**
 * Packs the files of a folder into a layer: of the same names, modes, links and bytes always the same layer. A file with
 * several names is several files. Needs no memory for what it packs.
 */
final class LayerPacker implements AutoCloseable {
    /** The user of every task, so that it can read files whose mode allows only their owner. */
    static final long OWNER = 1000;

    private static final int MODE = 07777;

    /** What a container runtime takes for the sign that a layer below loses a file. */
    static final String WHITEOUT = ".wh.";

    private final Path folder;
    private final TarArchiveOutputStream tar;

    private LayerPacker(Path folder, TarArchiveOutputStream tar) {
        this.folder = folder;
        this.tar = tar;
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        tar.setAddPaxHeadersForNonAsciiNames(true);
    }

    /** Writes the layer into a file. */
    static ArtifactLayer pack(Path folder, Path file) throws IOException, WorkerFailure {
        if (!Files.isDirectory(folder)) {
            throw new WorkerFailure("the artifact is no folder: its step has not left one");
        }
        var layer = DigestUtils.getSha256Digest();
        var content = DigestUtils.getSha256Digest();
        try (var out = new DigestOutputStream(new BufferedOutputStream(Files.newOutputStream(file)), layer);
                var gzip = new GzipCompressorOutputStream(out, fast());
                var inner = new DigestOutputStream(gzip, content);
                var packer =
                        new LayerPacker(folder, new TarArchiveOutputStream(inner, StandardCharsets.UTF_8.name()))) {
            packer.addAll(folder);
        }
        return new ArtifactLayer(file, named(layer), Files.size(file), named(content));
    }

    /** Artifacts cross the network once or twice, and somebody waits for them each time. */
    private static GzipParameters fast() {
        var parameters = new GzipParameters();
        parameters.setCompressionLevel(Deflater.BEST_SPEED);
        return parameters;
    }

    private void addAll(Path parent) throws IOException, WorkerFailure {
        for (Path path : sorted(parent)) {
            var attributes = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (attributes.isDirectory()) {
                put(entry(path, name(path) + "/", TarConstants.LF_DIR));
                addAll(path);
            } else if (attributes.isSymbolicLink()) {
                var entry = entry(path, name(path), TarConstants.LF_SYMLINK);
                entry.setLinkName(text(path, Files.readSymbolicLink(path)));
                put(entry);
            } else if (attributes.isRegularFile()) {
                var entry = entry(path, name(path), TarConstants.LF_NORMAL);
                entry.setSize(attributes.size());
                tar.putArchiveEntry(entry);
                try (var content = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
                    content.transferTo(tar); // a link that has taken the file's place leads to nothing
                }
                tar.closeArchiveEntry();
            } else {
                throw refused(path, "is a device, a FIFO or a socket: leave files, folders and symbolic links only");
            }
        }
    }

    private static List<Path> sorted(Path folder) throws IOException {
        try (var children = Files.list(folder)) {
            return children.sorted().toList();
        }
    }

    private void put(TarArchiveEntry entry) throws IOException {
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }

    private static TarArchiveEntry entry(Path path, String name, byte type) throws IOException {
        var entry = new TarArchiveEntry(name, type);
        var mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        entry.setMode(type == TarConstants.LF_SYMLINK ? 0777 : mode & MODE);
        entry.setIds((int) OWNER, (int) OWNER);
        entry.setNames("", "");
        entry.setLastModifiedTime(FileTime.fromMillis(0));
        return entry;
    }

    private String name(Path path) throws WorkerFailure {
        if (path.getFileName().toString().startsWith(WHITEOUT)) {
            throw refused(
                    path, "cannot be in an image, where such a name means a deleted file: call it something else");
        }
        return text(path, folder.relativize(path));
    }

    private String text(Path path, Path named) throws WorkerFailure {
        var text = named.toString();
        if (!FileSystems.getDefault().getPath(text).equals(named)) {
            throw refused(path, "has a name, or leads to one, that is no UTF-8: call it something else");
        }
        return text;
    }

    private WorkerFailure refused(Path path, String why) {
        return new WorkerFailure("the artifact's file " + folder.relativize(path) + " " + why);
    }

    private static String named(MessageDigest digest) {
        return "sha256:" + HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }
}
