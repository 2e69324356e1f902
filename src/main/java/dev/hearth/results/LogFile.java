package dev.hearth.results;

import dev.hearth.core.text.CharSink;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a log of any length to a file of limited size: its beginning and its end, with a line between them that says how
 * much was left out. The log is never held in memory.
 */
final class LogFile implements CharSink, Closeable {
    static final int BEGINNING = 256 * 1024;

    /** A longer line is written in several pieces. */
    private static final int LONGEST_PIECE = 8192;

    private final Path file;
    private final long limit;
    private final long beginning;
    private final OutputStream out;
    private final LogTail rest;
    private final StringBuilder piece = new StringBuilder();
    private long written;
    private boolean overflowing;
    private boolean lineEnded = true;

    LogFile(Path file, long limit) throws IOException {
        this.file = file;
        this.limit = limit;
        this.beginning = Math.min(BEGINNING, limit / 2);
        this.rest = new LogTail(file, limit - beginning);
        this.out = new BufferedOutputStream(Files.newOutputStream(file));
    }

    @Override
    public void put(char c) throws IOException {
        piece.append(c);
        if (c == '\n' || (piece.length() >= LONGEST_PIECE && !Character.isHighSurrogate(c))) {
            write();
        }
    }

    /** The file is complete after this. */
    @Override
    public void end() throws IOException {
        write();
        rest.end();
        if (rest.omitted() > 0) {
            out.write(((lineEnded ? "" : "\n") + "[hearth left out " + rest.omitted()
                            + " bytes here: it stores at most " + limit + " bytes of a container's log]\n")
                    .getBytes(StandardCharsets.UTF_8));
        }
        rest.copyTo(out);
        out.close();
    }

    private void write() throws IOException {
        var bytes = piece.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0) {
            return;
        }
        overflowing |= written + bytes.length > beginning;
        if (overflowing) {
            rest.write(bytes);
        } else {
            out.write(bytes);
            written += bytes.length;
            lineEnded = bytes[bytes.length - 1] == '\n';
        }
        piece.setLength(0);
    }

    @Override
    public void close() throws IOException {
        try (out;
                rest) {
            Files.deleteIfExists(file); // unless it was moved into the store
        }
    }
}
