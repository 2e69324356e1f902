package dev.hearth.results;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The folders of the store: {@code runs/NAMESPACE/NAME/UID} for a run, and {@code incoming} for incomplete files and for
 * folders that are being deleted. They are on one file system, so a move adds or removes them atomically.
 */
record RunFolders(Path root) {
    private static final String EMPTIED = "emptied";

    private Path runs() {
        return root.resolve("runs");
    }

    private Path incoming() {
        return root.resolve("incoming");
    }

    Path folder(RunId run) {
        return runs().resolve(run.namespace()).resolve(run.name()).resolve(run.uid());
    }

    /** Returns a new path for an incomplete file. */
    Path begin() throws IOException {
        Files.createDirectories(incoming());
        return incoming().resolve(UUID.randomUUID().toString());
    }

    /** Moves a complete file to its place. It is flushed to disk before, so that the file is not empty after a node crash. */
    void complete(Path file, Path place) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.createDirectories(place.getParent());
        Files.move(file, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    List<RunId> all() throws IOException {
        var all = new ArrayList<RunId>();
        for (Path namespace : list(runs())) {
            for (Path name : list(namespace)) {
                for (Path uid : list(name)) {
                    all.add(new RunId(name(namespace), name(name), name(uid)));
                }
            }
        }
        return all;
    }

    void remove(RunId run) throws IOException {
        var folder = folder(run);
        try {
            var removed = begin();
            Files.move(folder, removed, StandardCopyOption.ATOMIC_MOVE);
            delete(removed);
            Files.delete(runs().resolve(run.namespace()).resolve(run.name()));
            Files.delete(runs().resolve(run.namespace()));
        } catch (NoSuchFileException | DirectoryNotEmptyException e) {
            // The folder was deleted already, or its parent has other runs.
        }
    }

    /** Deletes the results of a run and records that it had some. */
    void empty(RunId run) throws IOException {
        remove(run);
        Files.createDirectories(folder(run));
        Files.createFile(folder(run).resolve(EMPTIED));
    }

    boolean isEmptied(RunId run) {
        return Files.exists(folder(run).resolve(EMPTIED));
    }

    /** Deletes incomplete files that were started before this time. */
    void clear(Instant before) throws IOException {
        for (Path incomplete : list(incoming())) {
            if (Files.getLastModifiedTime(incomplete).toInstant().isBefore(before)) {
                delete(incomplete);
            }
        }
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
