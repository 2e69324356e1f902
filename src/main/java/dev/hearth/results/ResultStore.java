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
 * Logs, files and notes of runs' steps, in a folder. Something is there as a whole or not at all, whatever fails in
 * between; names of steps, logs and files may be anything. One operator writes, others may read at the same time.
 */
public final class ResultStore {
    /** Characters of a note. */
    public static final int LONGEST_NOTE = 1024 * 1024;

    private static final Logger LOG = Logger.getLogger(ResultStore.class);

    private final RunFolders folders;
    private final StoreLimits limits;
    private final StoreUsage usage;

    /**
     * A store.
     *
     * @param trusted tells runs of trusted refs, whose results stay for longer than others'
     */
    public ResultStore(Path folder, StoreLimits limits, Predicate<RunId> trusted) {
        this.folders = new RunFolders(folder);
        this.limits = limits;
        this.usage = new StoreUsage(folders, limits, trusted);
    }

    /** Whether something can be kept of a step, or under a name: it is not empty, and has at most 1024 bytes. */
    public static boolean isName(String text) {
        return StoredName.isPossible(text);
    }

    /**
     * Keeps a log as plain text, without what its limit leaves out.
     *
     * @param name of the container, and what else tells the log from others of the step
     * @param secrets values that must not be seen
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
                Files.writeString(file, "[hearth kept nothing of this log: " + full(answer) + "]\n");
            }
            folders.complete(file, place);
        }
    }

    public boolean hasLog(RunId run, String step, String name) {
        return Files.exists(place(run, step, Shelf.Logs, name));
    }

    /** Keeps a file under its path, in place of an earlier one; throws {@link ResultsFull} where no more may be kept. */
    public void keepFile(RunId run, String step, String path, InputStream content) throws IOException {
        keep(run, place(run, step, Shelf.Files, path), content);
    }

    /** Keeps a text that Hearth itself needs of a step, in place of an earlier one. */
    public void keepNote(RunId run, String step, String name, String text) throws IOException {
        if (text.length() > LONGEST_NOTE) {
            throw new IllegalArgumentException("a note has at most " + LONGEST_NOTE + " characters");
        }
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        keep(run, place(run, step, Shelf.Notes, name), new ByteArrayInputStream(bytes));
    }

    public Optional<String> readNote(RunId run, String step, String name) throws IOException {
        try {
            return Optional.of(Files.readString(place(run, step, Shelf.Notes, name)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Steps of which anything is kept. */
    public List<String> steps(RunId run) throws IOException {
        return names(steps(folders.folder(run)));
    }

    public List<StoredItem> logs(RunId run, String step) throws IOException {
        return listed(run, step, Shelf.Logs);
    }

    public List<StoredItem> files(RunId run, String step) throws IOException {
        return listed(run, step, Shelf.Files);
    }

    /** The file that a log is in; empty if none is kept. */
    public Optional<Path> log(RunId run, String step, String name) {
        return Optional.of(place(run, step, Shelf.Logs, name)).filter(Files::isRegularFile);
    }

    /** The file that a file's content is in; empty if none is kept. */
    public Optional<Path> file(RunId run, String step, String path) {
        return Optional.of(place(run, step, Shelf.Files, path)).filter(Files::isRegularFile);
    }

    /** Whether what was kept of a run was removed to make room for others. */
    public boolean isEmptied(RunId run) {
        return folders.isEmptied(run);
    }

    /**
     * Removes what is kept of runs that are gone, and what never became whole.
     *
     * @param existing finds out which runs there are; asked after the store has looked which runs it knows, so that none
     *     that is made in between is taken for gone. If it throws, nothing is removed.
     * @param unfinished what was begun before this and is not whole yet never will be
     */
    public void sweep(Supplier<Predicate<RunId>> existing, Instant unfinished) throws IOException {
        folders.clear(unfinished);
        var known = folders.all();
        if (known.isEmpty()) {
            return;
        }
        var exists = existing.get();
        for (RunId run : known) {
            if (!exists.test(run)) {
                usage.remove(run);
                LOG.infof("results of run %s/%s are gone with it", run.namespace(), run.name());
            }
        }
    }

    private void keep(RunId run, Path place, InputStream content) throws IOException {
        var file = begin(run);
        try {
            try (var out = Files.newOutputStream(file)) {
                var left = limits.run() + 1;
                var buffer = new byte[8192];
                for (int read = content.read(buffer); read >= 0 && left > 0; read = content.read(buffer)) {
                    out.write(buffer, 0, read);
                    left -= read;
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
            throw new ResultsFull("the results of this run were removed to make room for others");
        }
        return folders.begin();
    }

    private String full(StoreUsage.Answer answer) {
        return answer == StoreUsage.Answer.RUN_FULL
                ? "the results of this run have reached " + limits.run()
                        + " bytes; an administrator can raise results.runLimit of Hearth's chart"
                : "there is no room, and results of trusted runs do not go for those of others; an administrator can raise"
                        + " results.namespaceLimit and results.totalLimit of Hearth's chart";
    }

    private List<StoredItem> listed(RunId run, String step, Shelf shelf) throws IOException {
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

    /** What kinds of things a step has. */
    private enum Shelf {
        Logs,
        Files,
        Notes;

        Path folder(Path step) {
            return step.resolve(name());
        }
    }
}
