package dev.hearth.buildkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The log of a daemon's container without the traces of solves in it. The agent writes a trace as lines
 *
 * <pre>
 * hearth-trace SOLVE begin
 * hearth-trace SOLVE BASE64
 * hearth-trace SOLVE end
 * </pre>
 *
 * with as many lines in base64 as the compressed trace needs. The last trace of a solve counts. A log may be cut anywhere, and
 * a daemon that was broken into writes anything: a trace that is not complete, or too long, is left out.
 */
public final class DaemonLog extends InputStream {
    /** What each line of a trace begins with. */
    public static final String PREFIX = "hearth-trace ";

    private static final String BEGIN = "begin";
    private static final String END = "end";

    /** The longest piece of a line that is read at once, longer than the lines of a trace. */
    private static final int LONGEST_PIECE = 16 << 10;

    /** The most bytes of a compressed trace. */
    private static final int LONGEST_TRACE = 256 << 10;

    private final InputStream log;
    private final String own;
    private final Sink sink;
    private final ByteArrayOutputStream trace = new ByteArrayOutputStream();
    private final ByteArrayOutputStream piece = new ByteArrayOutputStream();
    private byte[] shown = {};
    private int at;
    private byte[] last = {};
    private boolean lineEnded = true;
    private boolean inTraceLine;
    private boolean inTrace;

    /** Receives a trace as the agent has compressed it, at the end of the log. */
    public interface Sink {
        void accept(byte[] compressed) throws IOException;
    }

    /**
     * Opens a log.
     *
     * @param solve name of the solve whose last trace is given to the sink; all others are only left out
     */
    public DaemonLog(InputStream log, String solve, Sink sink) {
        this.log = new BufferedInputStream(log);
        this.own = PREFIX + solve + " ";
        this.sink = sink;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
        while (at == shown.length) {
            var next = nextPiece();
            if (next.length == 0) {
                end();
                return -1;
            }
            var text = new String(next, StandardCharsets.ISO_8859_1);
            if (lineEnded) {
                inTraceLine = text.startsWith(PREFIX);
                if (inTraceLine) {
                    readTraceLine(text);
                }
            }
            if (!inTraceLine) {
                shown = next;
                at = 0;
            }
            lineEnded = text.endsWith("\n");
        }
        var read = Math.min(count, shown.length - at);
        System.arraycopy(shown, at, bytes, offset, read);
        at += read;
        return read;
    }

    @Override
    public void close() throws IOException {
        log.close();
    }

    /** Returns the rest of the line, or as much of it as is read at once. Empty at the end of the log. */
    private byte[] nextPiece() throws IOException {
        piece.reset();
        for (int next = log.read(); next >= 0; next = log.read()) {
            piece.write(next);
            if (next == '\n' || piece.size() == LONGEST_PIECE) {
                break;
            }
        }
        return piece.toByteArray();
    }

    private void end() throws IOException {
        if (last.length > 0) {
            sink.accept(last);
            last = new byte[0];
        }
    }

    private void readTraceLine(String line) {
        if (!line.startsWith(own)) {
            return;
        }
        switch (line.substring(own.length()).strip()) {
            case BEGIN -> {
                trace.reset();
                inTrace = true;
            }
            case END -> {
                if (inTrace) {
                    last = trace.toByteArray();
                }
                inTrace = false;
            }
            case String base64 -> inTrace = inTrace && hasDecoded(base64);
        }
    }

    private boolean hasDecoded(String base64) {
        try {
            trace.writeBytes(Base64.getDecoder().decode(base64));
            return trace.size() <= LONGEST_TRACE;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
