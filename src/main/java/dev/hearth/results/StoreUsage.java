package dev.hearth.results;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Tracks how much of the store each run uses, and enforces its limits. Sizes are read from disk once, then held in memory. */
final class StoreUsage {
    private static final Logger LOG = Logger.getLogger(StoreUsage.class);
    /** Sizes are rounded up to blocks, so that many small files count too. */
    private static final long BLOCK = 4096;

    private final RunFolders folders;
    private final StoreLimits limits;
    private final Predicate<RunId> trusted;
    private @Nullable Map<RunId, Long> held;

    StoreUsage(RunFolders folders, StoreLimits limits, Predicate<RunId> trusted) {
        this.folders = folders;
        this.limits = limits;
        this.trusted = trusted;
    }

    /** Whether a file may be stored. */
    enum Answer {
        ADMITTED,
        /** The run has reached its limit. */
        RUN_FULL,
        /** The store is full, and no other results may be deleted for the file. */
        NO_ROOM
    }

    /**
     * Decides whether a run may store a file, and makes space for it by deleting the results that {@link ResultShares}
     * selects.
     *
     * @param bytes size of the file
     * @param replaced size of the file that it replaces, or 0
     */
    synchronized Answer admit(RunId run, long bytes, long replaced) throws IOException {
        var sizes = held();
        var wanted = sizes.getOrDefault(run, 0L) + blocks(bytes) - blocks(replaced);
        if (wanted > limits.run()) {
            return Answer.RUN_FULL;
        }
        var others = new HashMap<>(sizes);
        others.remove(run);
        var selected = ResultShares.fits(others, run, wanted, limits)
                ? Optional.of(List.<RunId>of())
                : select(others, run, wanted);
        if (selected.isEmpty()) {
            return Answer.NO_ROOM;
        }
        for (RunId other : selected.get()) {
            // Recorded, because otherwise the logs of pods that still exist would be stored again.
            folders.empty(other);
            sizes.put(other, 0L);
            LOG.warnf(
                    "deleted the results of run %s/%s early, to make space for those of %s/%s: raise"
                            + " results.namespaceLimit, results.totalLimit and results.size of the chart, or retain fewer"
                            + " runs in spec.history of the pipelines",
                    other.namespace(), other.name(), run.namespace(), run.name());
        }
        sizes.put(run, wanted);
        return Answer.ADMITTED;
    }

    private Optional<List<RunId>> select(Map<RunId, Long> sizes, RunId run, long wanted) throws IOException {
        try {
            var others = sizes.entrySet().stream()
                    .map(entry -> held(entry.getKey(), entry.getValue()))
                    .toList();
            return ResultShares.makeSpace(others, held(run, wanted), limits);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private ResultShares.Held held(RunId run, long bytes) {
        return new ResultShares.Held(run, bytes, since(folders.folder(run)), trusted.test(run));
    }

    synchronized void remove(RunId run) throws IOException {
        folders.remove(run);
        held().remove(run);
    }

    private Map<RunId, Long> held() throws IOException {
        var known = held;
        if (known == null) {
            known = new HashMap<>();
            for (RunId run : folders.all()) {
                known.put(run, folders.isEmptied(run) ? 0 : size(folders.folder(run)));
            }
            held = known;
        }
        return known;
    }

    private static long since(Path folder) {
        try {
            return Files.getLastModifiedTime(folder).toMillis();
        } catch (NoSuchFileException e) {
            return Long.MIN_VALUE;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long size(Path folder) throws IOException {
        long size = 0;
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                size += blocks(Files.size(file));
            }
        } catch (NoSuchFileException | UncheckedIOException e) {
            return size; // deleted meanwhile
        }
        return size;
    }

    private static long blocks(long bytes) {
        return (bytes + BLOCK - 1) / BLOCK * BLOCK;
    }
}
