package dev.hearth.core.text;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Replaces the values of Secrets in the output of steps, in time that depends on the length of the text only. A value with
 * several lines is replaced line by line, since programs print it that way. Values of less than four characters are not
 * replaced, since that would make a log unreadable. If there are too many values, the whole text is replaced.
 */
public final class Mask {
    public static final String HIDDEN = "***";

    /** Characters of all values together. An automaton for more would take memory that other logs need. */
    static final int MAX_CHARACTERS = 1 << 16;

    static final String WITHHELD =
            "(not shown: the Secrets of this task have more than " + MAX_CHARACTERS + " characters, too many to mask)";

    private static final int SHORTEST = 4;

    /** Null if there are too many values. */
    private final @Nullable MultiStringSearch search;

    private Mask(@Nullable MultiStringSearch search) {
        this.search = search;
    }

    public static Mask of(Collection<String> values) {
        var lines = values.stream()
                .map(PlainText::of) // as the value looks in a plain text
                .flatMap(String::lines)
                .map(String::strip)
                .filter(value -> value.length() >= SHORTEST)
                .distinct()
                .toList();
        return new Mask(size(lines) > MAX_CHARACTERS ? null : new MultiStringSearch(lines));
    }

    private static long size(List<String> lines) {
        return lines.stream().mapToLong(String::length).sum();
    }

    /** Whether there are too many values, so that nothing of a text is left. */
    public boolean hidesAll() {
        return search == null;
    }

    /** Returns a plain text with every value replaced. */
    public String apply(String text) {
        return CharSink.filter(
                next -> search == null ? new Withholding(next) : new Masking(search, false, text.length(), next), text);
    }

    /**
     * Returns a plain text, parts of which may have been cut, with every value replaced, and every beginning of one, of at least
     * four characters, at the end or before an ellipsis.
     */
    public String applyToCut(String text) {
        return CharSink.filter(
                next -> search == null ? new Withholding(next) : new Masking(search, true, text.length(), next), text);
    }

    /** Returns a sink that replaces the values in a plain text and passes it on to another sink. */
    public CharSink into(CharSink next) {
        return search == null ? new Withholding(next) : new Masking(search, false, Integer.MAX_VALUE, next);
    }

    private static void write(String text, CharSink sink) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            sink.put(text.charAt(i));
        }
    }

    /** Replaces the whole text by a message. An empty text stays empty. */
    private static final class Withholding implements CharSink {
        private final CharSink next;
        private boolean empty = true;

        Withholding(CharSink next) {
            this.next = next;
        }

        @Override
        public void put(char c) {
            empty = false;
        }

        @Override
        public void end() throws IOException {
            if (!empty) {
                write(WITHHELD, next);
            }
            next.end();
        }
    }

    /**
     * Holds text back as long as it may be the beginning of a value. Values that overlap are replaced together, values
     * that follow each other one by one.
     */
    private static final class Masking implements CharSink {
        private static final int PIECE = 4096;

        private final MultiStringSearch search;
        private final boolean cut;
        private final CharSink next;
        private final char[] held;
        /** For each held character, the length of the longest value that ends with it. 0 if none does. */
        private final int[] lengths;

        private int count;
        private int state = MultiStringSearch.START;

        /**
         * Creates a sink.
         *
         * @param cut whether a beginning of a value, at the end or before an ellipsis, counts as the value
         * @param length the most characters that the text has, so that short texts need little memory
         */
        Masking(MultiStringSearch search, boolean cut, int length, CharSink next) {
            this.search = search;
            this.cut = cut;
            this.next = next;
            // Each pass writes at least half of the buffer, so each character is read twice on average.
            var size = (int) Math.min(2L * Math.max(PIECE, search.longest()), length + 1L);
            this.held = new char[size];
            this.lengths = new int[size];
        }

        @Override
        public void put(char c) throws IOException {
            if (c == Text.ELLIPSIS) {
                endPart();
            }
            state = search.next(state, c);
            held[count] = c;
            lengths[count] = search.lengthAt(state);
            count++;
            if (count == held.length) {
                pass(count - search.longest() + 1);
            }
        }

        @Override
        public void end() throws IOException {
            endPart();
            pass(count);
            next.end();
        }

        /** A value may have been cut here. Its beginning is held: all but the last character of the longest value are. */
        private void endPart() {
            var begun = search.begunAt(state);
            if (cut && begun >= SHORTEST) {
                lengths[count - 1] = Math.max(lengths[count - 1], begun);
            }
        }

        private void pass(int until) throws IOException {
            var starts = earliestStarts();
            for (int at = 0; at < until; at++) {
                if (starts[at] > at) {
                    next.put(held[at]);
                } else if (starts[at] == at) {
                    write(HIDDEN, next);
                } // else the character before is a part of the same value
            }
            count -= until;
            System.arraycopy(held, until, held, 0, count);
            System.arraycopy(lengths, until, lengths, 0, count);
        }

        /** For each held character, the earliest start of the values that end with it or after it. May be negative. */
        private int[] earliestStarts() {
            var starts = Arrays.copyOf(lengths, count);
            var earliest = Integer.MAX_VALUE;
            for (int at = count - 1; at >= 0; at--) {
                if (lengths[at] > 0) {
                    earliest = Math.min(earliest, at - lengths[at] + 1);
                }
                starts[at] = earliest;
            }
            return starts;
        }
    }
}
