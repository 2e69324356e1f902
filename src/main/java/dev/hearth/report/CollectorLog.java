package dev.hearth.report;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.io.input.BoundedInputStream;

/**
 * Reads the log of the container that collects a task's files. The log consists of parts, each a complete compressed archive
 * in base64, so that a log which ends too early loses only one part.
 */
public final class CollectorLog {
    private static final String JUNIT = "part junit";
    private static final String FILES = "part files";
    private static final String LEFT_OUT = "part left-out";
    private static final String END = "end";
    private static final Set<String> MARKERS = Set.of(JUNIT, FILES, LEFT_OUT, END);
    /** More than the container writes into one. A part is held in memory. */
    private static final long LARGEST_PART = 16 << 20;

    private static final int MOST_PROBLEMS = 20;
    private static final int MOST_LEFT_OUT = 20;

    private final Limits limits;
    private final Sink sink;
    private final List<String> problems = new ArrayList<>();
    private int files;
    private long unpacked;

    private CollectorLog(Limits limits, Sink sink) {
        this.limits = limits;
        this.sink = sink;
    }

    /**
     * Limits on what is read from a log.
     *
     * @param log bytes of the log
     * @param unpacked bytes of all parts together, unpacked
     * @param file bytes of one file
     * @param files number of files
     */
    public record Limits(long log, long unpacked, int file, int files) {
        /** At least the limits of the container. */
        public static final Limits STANDARD = new Limits(12 << 20, 80 << 20, 2 << 20, 1000);
    }

    /** Receives one file after the other, so that only one is held in memory. */
    public interface Sink {
        void accept(CollectedFile file) throws IOException;

        void leftOut(SkippedFile file);
    }

    /** Gives each file to the sink and returns the problems. Throws only exceptions of the stream and the sink. */
    public static List<String> read(InputStream log, Limits limits, Sink sink) throws IOException {
        var reading = new CollectorLog(limits, sink);
        reading.readAll(log);
        return List.copyOf(reading.problems);
    }

    private void readAll(InputStream log) throws IOException {
        var bounded = BoundedInputStream.builder()
                .setInputStream(log)
                .setMaxCount(limits.log())
                .setPropagateClose(false)
                .get();
        var lines = new BufferedReader(new InputStreamReader(bounded, StandardCharsets.ISO_8859_1));
        var kind = FILES; // so that text before the first part counts as a damaged part
        var part = new StringBuilder();
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            if (MARKERS.contains(line)) {
                if (kind.equals(LEFT_OUT)) {
                    readLeftOut(part);
                } else {
                    unpack(part, kind.equals(JUNIT));
                }
                kind = line;
                part.setLength(0);
                if (line.equals(END)) {
                    return;
                }
            } else {
                part.append(line);
            }
        }
        problem(
                "the list of report files is not complete: the container that collects them ended early, or its log was cut");
    }

    private void readLeftOut(StringBuilder base64) {
        try {
            var list = new String(Base64.getDecoder().decode(base64.toString()), StandardCharsets.UTF_8);
            Stream.of(list.split("\0", MOST_LEFT_OUT + 1))
                    .limit(MOST_LEFT_OUT)
                    .flatMap(entry -> SkippedFile.read(entry).stream())
                    .forEach(sink::leftOut);
        } catch (IllegalArgumentException e) {
            problem("the list of report files that were left out cannot be read: " + e.getMessage());
        }
    }

    private void unpack(StringBuilder base64, boolean junit) throws IOException {
        if (base64.isEmpty()) {
            return;
        }
        List<CollectedFile> read;
        try {
            read = files(Base64.getDecoder().decode(base64.toString()), junit);
        } catch (IOException | IllegalArgumentException e) {
            problem("some report files cannot be unpacked: " + e.getMessage());
            return;
        }
        for (CollectedFile file : read) {
            sink.accept(file);
        }
    }

    private List<CollectedFile> files(byte[] compressed, boolean junit) throws IOException {
        var found = new ArrayList<CollectedFile>();
        var counted = BoundedInputStream.builder()
                .setInputStream(new GZIPInputStream(new ByteArrayInputStream(compressed)))
                .setMaxCount(Math.min(LARGEST_PART, limits.unpacked() - unpacked))
                .get();
        try (var archive = new TarArchiveInputStream(counted, StandardCharsets.UTF_8.name())) {
            for (var entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
                if (isFile(entry)) {
                    add(found, entry, archive, junit);
                }
            }
        } finally {
            unpacked += counted.getCount();
        }
        return found;
    }

    private void add(List<CollectedFile> found, TarArchiveEntry entry, InputStream content, boolean junit)
            throws IOException {
        var path = CollectedFile.plain(entry.getName());
        if (!isSafe(path)) {
            problem("the path of a report file has an empty segment, or . or ..: " + path);
        } else if (entry.getSize() > limits.file()) {
            problem(path + " is larger than " + limits.file() + " bytes");
        } else if (files >= limits.files()) {
            problem("there are more than " + limits.files() + " report files");
        } else {
            files++;
            found.add(new CollectedFile(path, junit, content.readNBytes(limits.file())));
        }
    }

    private void problem(String problem) {
        if (problems.size() < MOST_PROBLEMS) {
            problems.add(problem);
        }
    }

    private static boolean isFile(TarArchiveEntry entry) {
        return (entry.getLinkFlag() == TarConstants.LF_NORMAL || entry.getLinkFlag() == TarConstants.LF_OLDNORM)
                && !entry.isSparse();
    }

    private static boolean isSafe(String path) {
        return List.of(path.split("/", -1)).stream()
                .noneMatch(segment -> List.of("", ".", "..").contains(segment));
    }
}
