package dev.hearth.results;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Keeps the last bytes of a stream, from the start of a line. It writes to two files in turn: when the newer one is full, it
 * replaces the older one.
 */
final class LogTail implements Closeable {
    /** The most bytes to search for the start of a line. */
    private static final int LONGEST_LINE = 16 * 1024;

    private final Path older;
    private final Path newer;
    private final long limit;
    private OutputStream out = OutputStream.nullOutputStream();
    private long olderSize;
    private long newerSize;
    private long dropped;
    private long skipped;

    LogTail(Path beside, long limit) {
        this.older = beside.resolveSibling(beside.getFileName() + ".older");
        this.newer = beside.resolveSibling(beside.getFileName() + ".newer");
        this.limit = limit;
    }

    void write(byte[] bytes) throws IOException {
        if (newerSize == 0) {
            out = new BufferedOutputStream(Files.newOutputStream(newer));
        } else if (newerSize + bytes.length > limit) {
            out.close();
            dropped += olderSize;
            Files.move(newer, older, StandardCopyOption.REPLACE_EXISTING);
            olderSize = newerSize;
            newerSize = 0;
            out = new BufferedOutputStream(Files.newOutputStream(newer));
        }
        out.write(bytes);
        newerSize += bytes.length;
    }

    /** Ends the stream. */
    void end() throws IOException {
        out.close();
        skipped = Math.max(0, olderSize + newerSize - limit);
        if (skipped > 0) {
            skipped += toLine(skipped);
        }
    }

    /** Returns how many bytes of the stream were left out. */
    long omitted() {
        return dropped + skipped;
    }

    void copyTo(OutputStream target) throws IOException {
        copy(older, olderSize, skipped, target);
        copy(newer, newerSize, Math.max(0, skipped - olderSize), target);
    }

    private static void copy(Path from, long size, long skip, OutputStream target) throws IOException {
        if (size > skip) {
            try (InputStream in = Files.newInputStream(from)) {
                in.skipNBytes(skip);
                in.transferTo(target);
            }
        }
    }

    /** Returns the distance to the next start of a line, or else of a character. */
    private long toLine(long from) throws IOException {
        var inOlder = from < olderSize;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(inOlder ? older : newer))) {
            in.skipNBytes(inOlder ? from : from - olderSize);
            int toCharacter = -1;
            for (int at = 0; at < LONGEST_LINE; at++) {
                var b = in.read();
                if (b < 0 || b == '\n') {
                    return b < 0 ? at : at + 1;
                }
                if (toCharacter < 0 && (b & 0xC0) != 0x80) {
                    toCharacter = at;
                }
            }
            return Math.max(0, toCharacter);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            out.close();
        } finally {
            Files.deleteIfExists(older);
            Files.deleteIfExists(newer);
        }
    }
}
