package dev.hearth.git;

import dev.hearth.budget.Response;
import dev.hearth.budget.ResponseTooLarge;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A stream from a git server that counts bytes and lines of git's protocol before JGit reads them. JGit creates an
 * object for each line of a list of refs, which needs far more memory than the line, and returns none before it has
 * read all of them.
 */
final class CountedStream extends FilterInputStream {
    private static final int LENGTH_DIGITS = 4;
    /** An annotated tag has two lines in version 1 of the protocol. */
    private static final int LINES_OF_REF = 2;
    /** Limit for lines that are not refs: capabilities, shallow commits, and packets of the pack. */
    private static final int OTHER_LINES = 20_000;

    private final Lines lines;

    /** Counts the lines of one answer, which may consist of several streams. */
    static final class Lines {
        private final Response response;
        private long count;

        Lines(Response response) {
            this.response = response;
        }

        private void add() throws ResponseTooLarge {
            var refs = response.limits().refs();
            if (++count > (long) refs * LINES_OF_REF + OTHER_LINES) {
                throw new ResponseTooLarge("it has more than " + refs + " refs, the limit");
            }
        }
    }

    private int digits;
    private int length;
    private int rest;
    private boolean broken;

    CountedStream(InputStream in, Lines lines) {
        super(lines.response.count(in));
        this.lines = lines;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
        var read = super.read(bytes, offset, count);
        for (int at = offset; at < offset + read && !broken; ) {
            if (rest > 0) {
                var skipped = Math.min(rest, offset + read - at);
                rest -= skipped;
                at += skipped;
            } else {
                digit(bytes[at++]);
            }
        }
        return read;
    }

    @Override
    public long skip(long count) throws IOException {
        return readNBytes((int) Math.min(count, 1 << 13)).length;
    }

    /** Stops counting lines at data that has none: a pack without packets, or data that JGit rejects. */
    private void digit(byte digit) throws ResponseTooLarge {
        var value = Character.digit(digit, 16);
        if (value < 0) {
            broken = true;
            return;
        }
        length = length << 4 | value;
        if (++digits == LENGTH_DIGITS) {
            lines.add();
            rest = Math.max(0, length - LENGTH_DIGITS);
            digits = 0;
            length = 0;
        }
    }
}
