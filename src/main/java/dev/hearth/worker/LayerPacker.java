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
 * Packs the files of a folder into a layer. The same names, modes, links and contents always give the same layer. Hard
 * links become separate files. The files are not read into memory as a whole.
 */
final class LayerPacker implements AutoCloseable {
    /** The owner of all files: the user of tasks, who can then read files that only their owner may read. */
    static final long OWNER = 1000;

    private static final int MODE = 07777;

    /** Prefix of names that tell a container runtime that a file of a lower layer is deleted. */
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
            throw new WorkerFailure("the artifact is not a folder: its step has to create one at artifact.path");
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

    /** An artifact is transferred only once or twice and a step waits for it, so speed matters more than size. */
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
                    content.transferTo(tar); // fails if a link has replaced the file meanwhile
                }
                tar.closeArchiveEntry();
            } else {
                throw rejected(
                        path, "is a device, a FIFO or a socket: an artifact has files, folders and symbolic links");
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
            throw rejected(path, "cannot be in an image, where such a name means a deleted file: rename it");
        }
        return text(path, folder.relativize(path));
    }

    private String text(Path path, Path named) throws WorkerFailure {
        var text = named.toString();
        if (!FileSystems.getDefault().getPath(text).equals(named)) {
            throw rejected(path, "has a name or link target that is not UTF-8: rename it");
        }
        return text;
    }

    private WorkerFailure rejected(Path path, String why) {
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
