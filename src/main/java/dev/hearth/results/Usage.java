package dev.hearth.results;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** How much of the volume each run uses, and which go when it is too much. Counted once, and then kept in memory. */
final class Usage {
    private static final Logger LOG = Logger.getLogger(Usage.class);
    /** What a small file takes, so that many of them count too. */
    private static final long BLOCK = 4096;

    private final RunFolders folders;
    private final Limits limits;
    private @Nullable Map<RunId, Long> held;

    Usage(RunFolders folders, Limits limits) {
        this.folders = folders;
        this.limits = limits;
    }

    /**
     * Whether a run may keep so many bytes; makes room for them by removing the oldest other runs.
     *
     * @param instead bytes that go for them
     */
    synchronized boolean admit(RunId run, long bytes, long instead) throws IOException {
        var sizes = held();
        var size = blocks(bytes) - blocks(instead);
        var own = sizes.getOrDefault(run, 0L);
        if (own + size > limits.run()) {
            return false;
        }
        var excess = sizes.values().stream().mapToLong(Long::longValue).sum() + size - limits.total();
        while (excess > 0) {
            var oldest = oldest(run);
            if (oldest.isEmpty()) {
                return false;
            }
            excess -= sizes.getOrDefault(oldest.get(), 0L);
            // Remembered, since its logs would otherwise be read again while its pods are there, as if they were new.
            folders.empty(oldest.get());
            sizes.put(oldest.get(), 0L);
            LOG.warnf(
                    "results of run %s/%s were removed before their time: all results together may have %d bytes;"
                            + " raise results.totalLimit and results.size of the chart, or keep fewer runs",
                    oldest.get().namespace(), oldest.get().name(), limits.total());
        }
        sizes.put(run, own + size);
        return true;
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
                known.put(run, folders.isEmptied(run) ? 0 : size(folders.of(run)));
            }
            held = known;
        }
        return known;
    }

    /** The run of which something was first kept before any other's. */
    private Optional<RunId> oldest(RunId but) throws IOException {
        try {
            return held().entrySet().stream()
                    .filter(entry -> entry.getValue() > 0)
                    .map(Map.Entry::getKey)
                    .filter(run -> !run.equals(but))
                    .min(Comparator.comparingLong(run -> since(folders.of(run))));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
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
