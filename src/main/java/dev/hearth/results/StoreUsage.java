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

/** How much of the volume each run uses, and which go when it is too much. Counted once, and then kept in memory. */
final class StoreUsage {
    private static final Logger LOG = Logger.getLogger(StoreUsage.class);
    /** What a small file takes, so that many of them count too. */
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

    /** Whether there is room for something. */
    enum Answer {
        ADMITTED,
        /** The run has as much as one may have. */
        RUN_FULL,
        /** What else there is may not go for it. */
        NO_ROOM
    }

    /**
     * Whether a run may keep so many bytes; makes room for them by removing what {@link ResultShares} decides.
     *
     * @param instead bytes that go for them
     */
    synchronized Answer admit(RunId run, long bytes, long instead) throws IOException {
        var sizes = held();
        var wanted = sizes.getOrDefault(run, 0L) + blocks(bytes) - blocks(instead);
        if (wanted > limits.run()) {
            return Answer.RUN_FULL;
        }
        var others = new HashMap<>(sizes);
        others.remove(run);
        var gone = ResultShares.fits(others, run, wanted, limits)
                ? Optional.of(List.<RunId>of())
                : makeRoom(others, run, wanted);
        if (gone.isEmpty()) {
            return Answer.NO_ROOM;
        }
        for (RunId other : gone.get()) {
            // Remembered, since its logs would otherwise be read again while its pods are there, as if they were new.
            folders.empty(other);
            sizes.put(other, 0L);
            LOG.warnf(
                    "results of run %s/%s were removed before their time, for those of %s/%s: raise"
                            + " results.namespaceLimit, results.totalLimit and results.size of the chart, or keep fewer"
                            + " runs",
                    other.namespace(), other.name(), run.namespace(), run.name());
        }
        sizes.put(run, wanted);
        return Answer.ADMITTED;
    }

    private Optional<List<RunId>> makeRoom(Map<RunId, Long> sizes, RunId run, long wanted) throws IOException {
        try {
            var others = sizes.entrySet().stream()
                    .map(entry -> held(entry.getKey(), entry.getValue()))
                    .toList();
            return ResultShares.make(others, held(run, wanted), limits);
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
            return size; // removed meanwhile
        }
        return size;
    }

    private static long blocks(long bytes) {
        return (bytes + BLOCK - 1) / BLOCK * BLOCK;
    }
}
