package dev.hearth.results;

import dev.hearth.core.text.Mask;
import dev.hearth.core.text.PlainText;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Stores logs, files and notes of steps in a folder. Each is stored completely or not at all, even after a crash. Names of
 * steps, logs and files may contain any characters. One operator writes, and others may read at the same time.
 */
public final class ResultStore {
    /** The most characters of a note. */
    public static final int LONGEST_NOTE = 1024 * 1024;

    private static final Logger LOG = Logger.getLogger(ResultStore.class);

    private final RunFolders folders;
    private final StoreLimits limits;
    private final StoreUsage usage;

    /**
     * Opens a store.
     *
     * @param trusted whether a run is trusted, so that its results are not deleted for those of untrusted runs
     */
    public ResultStore(Path folder, StoreLimits limits, Predicate<RunId> trusted) {
        this.folders = new RunFolders(folder);
        this.limits = limits;
        this.usage = new StoreUsage(folders, limits, trusted);
    }

    /** Whether a text can be the name of a step, log or file: it is not empty and has at most 1024 bytes. */
    public static boolean isName(String text) {
        return StoredName.isPossible(text);
    }

    /**
     * Stores a log as plain text of limited size, with masked secrets.
     *
     * @param name of the log within the step: see {@link StoredItem#log}
     * @param secrets values to mask
     */
    public void keepLog(RunId run, String step, String name, InputStream content, Set<String> secrets)
            throws IOException {
        var place = place(run, step, Shelf.Logs, name);
        var file = begin(run);
        try (var log = new LogFile(file, limits.log());
                var reader = new InputStreamReader(content, StandardCharsets.UTF_8)) {
            var plain = new PlainText(Mask.of(secrets).into(log));
            var buffer = new char[8192];
            for (int read = reader.read(buffer); read >= 0; read = reader.read(buffer)) {
                for (int at = 0; at < read; at++) {
                    plain.put(buffer[at]);
                }
            }
            plain.end();
            var answer = usage.admit(run, Files.size(file), size(place));
            if (answer != StoreUsage.Answer.ADMITTED) {
                if (Files.exists(place)) {
                    Files.delete(file); // the beginning of the log says more than why there is no more of it
                    return;
                }
                Files.writeString(file, "[hearth did not store this log: " + full(answer) + "]\n");
            }
            folders.complete(file, place);
        }
    }

    public boolean hasLog(RunId run, String step, String name) {
        return Files.exists(place(run, step, Shelf.Logs, name));
    }

    /** Stores a file under its path and replaces an earlier one. Throws {@link ResultsFull} if a limit is reached. */
    public void keepFile(RunId run, String step, String path, InputStream content) throws IOException {
        keep(run, place(run, step, Shelf.Files, path), content);
    }

    /** Stores a text for Hearth's own use and replaces an earlier one. */
    public void keepNote(RunId run, String step, String name, String text) throws IOException {
        if (text.length() > LONGEST_NOTE) {
            throw new IllegalArgumentException("a note has at most " + LONGEST_NOTE + " characters");
        }
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        keep(run, place(run, step, Shelf.Notes, name), new ByteArrayInputStream(bytes));
    }

    /** Copies the results of a step of another run: those that the run does not have yet. */
    public void copy(RunId from, RunId to, String step) throws IOException {
        for (Shelf shelf : Shelf.values()) {
            for (StoredItem item : list(from, step, shelf)) {
                var place = place(to, step, shelf, item.name());
                if (!Files.exists(place)) {
                    try (var content = Files.newInputStream(place(from, step, shelf, item.name()))) {
                        keep(to, place, content);
                    }
                }
            }
        }
    }

    public Optional<String> readNote(RunId run, String step, String name) throws IOException {
        try {
            return Optional.of(Files.readString(place(run, step, Shelf.Notes, name)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Returns the names of the steps that have stored results. */
    public List<String> steps(RunId run) throws IOException {
        return names(steps(folders.folder(run)));
    }

    public List<StoredItem> logs(RunId run, String step) throws IOException {
        return list(run, step, Shelf.Logs);
    }

    public List<StoredItem> files(RunId run, String step) throws IOException {
        return list(run, step, Shelf.Files);
    }

    /** Returns the path of a stored log; empty if there is none. */
    public Optional<Path> log(RunId run, String step, String name) {
        return Optional.of(place(run, step, Shelf.Logs, name)).filter(Files::isRegularFile);
    }

    /** Returns the path of a stored file's content; empty if there is none. */
    public Optional<Path> file(RunId run, String step, String path) {
        return Optional.of(place(run, step, Shelf.Files, path)).filter(Files::isRegularFile);
    }

    /** Whether the results of a run were deleted to make space for other runs. */
    public boolean isEmptied(RunId run) {
        return folders.isEmptied(run);
    }

    /**
     * Deletes the results of deleted runs, and incomplete files.
     *
     * @param existing lists the runs that exist. It is called after the store has listed its own runs, so that a run that is
     *     created meanwhile does not count as deleted. If it throws, no results are deleted.
     * @param incompleteBefore incomplete files that were started before this time are deleted
     */
    public void sweep(Supplier<Predicate<RunId>> existing, Instant incompleteBefore) throws IOException {
        folders.clear(incompleteBefore);
        var known = folders.all();
        if (known.isEmpty()) {
            return;
        }
        var exists = existing.get();
        for (RunId run : known) {
            if (!exists.test(run)) {
                usage.remove(run);
                LOG.infof("deleted the results of run %s/%s, which was deleted", run.namespace(), run.name());
            }
        }
    }

    private void keep(RunId run, Path place, InputStream content) throws IOException {
        var file = begin(run);
        try {
            try (var out = Files.newOutputStream(file)) {
                var remaining = limits.run() + 1;
                var buffer = new byte[8192];
                for (int read = content.read(buffer); read >= 0 && remaining > 0; read = content.read(buffer)) {
                    out.write(buffer, 0, read);
                    remaining -= read;
                }
            }
            var answer = usage.admit(run, Files.size(file), size(place));
            if (answer != StoreUsage.Answer.ADMITTED) {
                throw new ResultsFull(full(answer));
            }
            folders.complete(file, place);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static long size(Path place) throws IOException {
        return Files.exists(place) ? Files.size(place) : 0;
    }

    private Path begin(RunId run) throws IOException {
        if (isEmptied(run)) {
            throw new ResultsFull("the results of this run were deleted to make space for other runs");
        }
        return folders.begin();
    }

    private String full(StoreUsage.Answer answer) {
        return answer == StoreUsage.Answer.RUN_FULL
                ? "the results of this run have reached " + limits.run()
                        + " bytes; an administrator can raise results.runLimit of Hearth's chart"
                : "the result store is full, and results of trusted runs are not deleted for those of untrusted runs; an"
                        + " administrator can raise results.namespaceLimit and results.totalLimit of Hearth's chart";
    }

    private List<StoredItem> list(RunId run, String step, Shelf shelf) throws IOException {
        var folder = shelf.folder(StoredName.in(steps(folders.folder(run)), step));
        var all = new ArrayList<StoredItem>();
        for (Path file : StoredName.allIn(folder)) {
            all.add(new StoredItem(StoredName.of(folder, file), Files.size(file)));
        }
        return all;
    }

    private static List<String> names(Path folder) throws IOException {
        return StoredName.allIn(folder).stream()
                .map(path -> StoredName.of(folder, path))
                .toList();
    }

    private Path place(RunId run, String step, Shelf shelf, String name) {
        return StoredName.in(shelf.folder(StoredName.in(steps(folders.folder(run)), step)), name);
    }

    private static Path steps(Path run) {
        return run.resolve("steps");
    }

    /** The folders of a step. */
    private enum Shelf {
        Logs,
        Files,
        Notes;

        Path folder(Path step) {
            return step.resolve(name());
        }
    }
}
