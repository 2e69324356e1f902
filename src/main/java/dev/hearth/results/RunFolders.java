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
 * Where things are: {@code runs/NAMESPACE/NAME/UID} for a run, {@code incoming} for what is not whole yet or no more. All
 * of it is on one file system, so that a thing comes and goes in one move and is never seen in part.
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

    /** A place for a file that is not whole yet. */
    Path begin() throws IOException {
        Files.createDirectories(incoming());
        return incoming().resolve(UUID.randomUUID().toString());
    }

    /** Puts a whole file in its place; on disk first, since after a failure of the node a name must not lead to nothing. */
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
            var gone = begin();
            Files.move(folder, gone, StandardCopyOption.ATOMIC_MOVE);
            delete(gone);
            Files.delete(runs().resolve(run.namespace()).resolve(run.name()));
            Files.delete(runs().resolve(run.namespace()));
        } catch (NoSuchFileException | DirectoryNotEmptyException e) {
            // Gone already, or there are other runs beside it.
        }
    }

    /** Removes what a run has, and remembers that it had it. */
    void empty(RunId run) throws IOException {
        remove(run);
        Files.createDirectories(folder(run));
        Files.createFile(folder(run).resolve(EMPTIED));
    }

    boolean isEmptied(RunId run) {
        return Files.exists(folder(run).resolve(EMPTIED));
    }

    /** Removes what was begun before this and never came to anything. */
    void clear(Instant before) throws IOException {
        for (Path left : list(incoming())) {
            if (Files.getLastModifiedTime(left).toInstant().isBefore(before)) {
                delete(left);
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
