package dev.hearth.core.text;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Hides values of Secrets in what a step prints, in time that grows with the text alone. Values of several lines are
 * hidden line by line, since programs print them so; values of less than four characters are left, since hiding them
 * would make a log unreadable. Where the values are too many to look for, none of the text is shown.
 */
public final class Mask {
    public static final String HIDDEN = "***";

    /** Characters of all values together: an automaton for more takes memory that other logs need. */
    static final int MOST = 1 << 16;

    static final String WITHHELD =
            "(not shown: the Secrets of this task have more than " + MOST + " characters, too many to hide)";

    private static final int SHORTEST = 4;

    /** Empty if there are too many values to look for. */
    private final Optional<MultiStringSearch> search;

    private Mask(Optional<MultiStringSearch> search) {
        this.search = search;
    }

    public static Mask of(Collection<String> values) {
        var lines = values.stream()
                .map(PlainText::of) // as it is in the text that is masked
                .flatMap(String::lines)
                .map(String::strip)
                .filter(value -> value.length() >= SHORTEST)
                .distinct()
                .toList();
        return new Mask(size(lines) > MOST ? Optional.empty() : Optional.of(new MultiStringSearch(lines)));
    }

    private static long size(List<String> lines) {
        return lines.stream().mapToLong(String::length).sum();
    }

    /** A plain text with every value hidden. */
    public String apply(String text) {
        var masked = new CollectedText();
        masked.of(into(masked), text);
        return masked.toString();
    }

    /** Hides values in a plain text that comes piece by piece. */
    public CharSink into(CharSink next) {
        return search.<CharSink>map(it -> new Masking(it, next)).orElseGet(() -> new Withholding(next));
    }

    private static void write(String text, CharSink sink) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            sink.put(text.charAt(i));
        }
    }

    /** Drops the text and says so in its place; an empty text stays empty. */
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
     * Holds text back until no value can cover it that is still to come. Values that overlap are hidden as one, values
     * that follow each other as several.
     */
    private static final class Masking implements CharSink {
        private static final int PIECE = 4096;

        private final MultiStringSearch search;
        private final CharSink next;
        private final char[] held;
        /** Of each held character the length of the longest value that ends with it, 0 if none does. */
        private final int[] lengths;

        private int count;
        private int state = MultiStringSearch.START;

        Masking(MultiStringSearch search, CharSink next) {
            this.search = search;
            this.next = next;
            // At least half of it goes on each time, so that each character is looked at twice on average.
            var size = 2 * Math.max(PIECE, search.longest());
            this.held = new char[size];
            this.lengths = new int[size];
        }

        @Override
        public void put(char c) throws IOException {
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
            pass(count);
            next.end();
        }

        private void pass(int until) throws IOException {
            var starts = earliestStarts();
            for (int at = 0; at < until; at++) {
                if (starts[at] > at) {
                    next.put(held[at]);
                } else if (starts[at] == at) {
                    write(HIDDEN, next);
                } // else a value covers the character before, too
            }
            count -= until;
            System.arraycopy(held, until, held, 0, count);
            System.arraycopy(lengths, until, lengths, 0, count);
        }

        /** Of each held character the earliest start of the values that end with it or after it; may be negative. */
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
