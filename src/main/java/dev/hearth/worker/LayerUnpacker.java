package dev.hearth.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.io.input.BoundedInputStream;

/**
 * Unpacks a layer into a new folder that no other process uses yet. Whatever the layer contains, it writes nothing
 * outside of the folder or through a link, and not more than the limit. It rejects entries other than files, folders
 * and symbolic links. A symbolic link may have any target, as in an image.
 */
final class LayerUnpacker {
    private static final int MODE = 07777;
    private static final int MOST_ENTRIES = 2_000_000;
    private static final int BUFFER = 1 << 16;

    private final Path folder;
    /** Modes of folders, which are set last because files cannot be created in a folder that is not writable. */
    private final SequencedMap<Path, Integer> folderModes = new LinkedHashMap<>();

    private LayerUnpacker(Path folder) {
        this.folder = folder;
    }

    /**
     * Unpacks a layer.
     *
     * @param limit size in bytes of the unpacked layer, including headers
     */
    static void unpack(InputStream layer, Path folder, long limit) throws IOException, WorkerFailure {
        Files.createDirectory(folder);
        try (var tar = new TarArchiveInputStream(bounded(layer, limit), "UTF-8")) {
            var unpacker = new LayerUnpacker(folder);
            var count = 0;
            for (TarArchiveEntry entry; (entry = tar.getNextEntry()) != null; ) {
                if (++count > MOST_ENTRIES) {
                    throw new WorkerFailure(
                            "the artifact has more than " + MOST_ENTRIES + " files: pack them into an archive");
                }
                unpacker.put(entry, tar);
            }
            // The digest includes the bytes after the archive, so the layer has to be read to its end.
            layer.transferTo(OutputStream.nullOutputStream());
            unpacker.setFolderModes();
        } catch (TooLarge e) {
            throw new WorkerFailure("the artifact is larger than " + limit
                    + " bytes: make it smaller, or let an admin raise hearth.artifacts.size");
        }
    }

    private static InputStream bounded(InputStream layer, long limit) throws IOException {
        return BoundedInputStream.builder()
                .setInputStream(new GZIPInputStream(layer, BUFFER))
                .setMaxCount(limit)
                .setOnMaxCount((_, _) -> {
                    throw new TooLarge();
                })
                .get();
    }

    private void put(TarArchiveEntry entry, TarArchiveInputStream content) throws IOException, WorkerFailure {
        // The limit counts bytes that are read, and the holes of a sparse file are not read.
        if (entry.isSparse()) {
            throw refused(entry, "is a sparse file");
        }
        var path = path(entry);
        switch (entry.getLinkFlag()) {
            case TarConstants.LF_DIR -> {
                if (!isFolder(path)) {
                    Files.createDirectory(path);
                }
                folderModes.put(path, entry.getMode() & MODE);
            }
            case TarConstants.LF_SYMLINK -> Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
            case TarConstants.LF_NORMAL, TarConstants.LF_OLDNORM -> {
                try (var out = Files.newOutputStream(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                    content.transferTo(out);
                }
                Files.setAttribute(path, "unix:mode", entry.getMode() & MODE);
            }
            default -> throw refused(entry, "is not a file, folder or symbolic link");
        }
    }

    /** Returns the path of an entry. Every folder above it was created from this layer, and none is a link. */
    private Path path(TarArchiveEntry entry) throws IOException, WorkerFailure {
        var name = entry.getName();
        if (name.startsWith("/") || name.indexOf('\0') >= 0) {
            throw refused(entry, "leads out of the folder");
        }
        var path = folder;
        for (Path part : Path.of(name).normalize()) {
            if (!path.equals(folder) && !isFolder(path)) {
                if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                    throw refused(entry, "goes through a file or a link");
                }
                Files.createDirectory(path);
            }
            if (part.toString().equals("..")) {
                throw refused(entry, "leads out of the folder");
            }
            path = path.resolve(part);
        }
        var whiteout = path.getFileName().toString().startsWith(LayerPacker.WHITEOUT);
        var folderItself = path.normalize().equals(folder.normalize()) && entry.getLinkFlag() != TarConstants.LF_DIR;
        if (whiteout || folderItself) {
            throw refused(entry, "has a name that is not allowed in an artifact");
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                && !(isFolder(path) && entry.getLinkFlag() == TarConstants.LF_DIR)) {
            throw refused(entry, "is there twice");
        }
        return path;
    }

    private void setFolderModes() throws IOException {
        for (var folder : folderModes.sequencedEntrySet().reversed()) {
            Files.setAttribute(folder.getKey(), "unix:mode", folder.getValue());
        }
    }

    private static boolean isFolder(Path path) {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }

    private static WorkerFailure refused(TarArchiveEntry entry, String why) {
        return new WorkerFailure("the artifact's file " + entry.getName().replaceAll("\\p{Cntrl}", "?") + " " + why
                + ": it was not packed by Hearth; publish it again");
    }

    /** The unpacked layer is larger than the limit. */
    private static final class TooLarge extends IOException {}
}
