package dev.hearth.core.diagnosis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Hides values of Secrets in what a step says. Values of several lines are hidden line by line, since programs print
 * them so; values of less than four characters are left, since hiding them would make a log unreadable.
 */
public final class Mask {
    public static final String HIDDEN = "***";

    private static final int SHORTEST = 4;

    private final Map<Character, List<String>> byFirst;
    private final int longest;

    private Mask(Map<Character, List<String>> byFirst, int longest) {
        this.byFirst = byFirst;
        this.longest = longest;
    }

    public static Mask of(Collection<String> values) {
        var byFirst = new HashMap<Character, List<String>>();
        values.stream()
                .map(PlainText::of) // as it is in the text that is masked
                .flatMap(String::lines)
                .map(String::strip)
                .filter(value -> value.length() >= SHORTEST)
                .distinct()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .forEach(value -> byFirst.computeIfAbsent(value.charAt(0), _ -> new ArrayList<>())
                        .add(value));
        var longest = byFirst.values().stream()
                .flatMap(List::stream)
                .mapToInt(String::length)
                .max()
                .orElse(1);
        return new Mask(byFirst, longest);
    }

    /** A plain text with every value hidden. */
    public String apply(String text) {
        var masked = new CollectedText();
        masked.of(into(masked), text);
        return masked.toString();
    }

    /** Hides values in a plain text that comes piece by piece. */
    public CharSink into(CharSink next) {
        return new Masking(next);
    }

    /** Length of the longest value that begins here; 0 if none does. */
    private int lengthAt(CharSequence text, int at) {
        for (String value : byFirst.getOrDefault(text.charAt(at), List.of())) {
            if (at + value.length() <= text.length()
                    && value.contentEquals(text.subSequence(at, at + value.length()))) {
                return value.length();
            }
        }
        return 0;
    }

    /** Values may overlap: what any of them covers is hidden. */
    private final class Masking implements CharSink {
        private static final int PIECE = 4096;

        private final CharSink next;
        private final StringBuilder held = new StringBuilder();
        private int hiddenUntil;

        Masking(CharSink next) {
            this.next = next;
        }

        @Override
        public void put(char c) throws IOException {
            held.append(c);
            if (held.length() >= PIECE + longest) {
                pass(held.length() - longest + 1);
            }
        }

        @Override
        public void end() throws IOException {
            pass(held.length());
            next.end();
        }

        private void pass(int until) throws IOException {
            for (int at = 0; at < until; at++) {
                var length = lengthAt(held, at);
                if (length > 0 && at >= hiddenUntil) {
                    for (int i = 0; i < HIDDEN.length(); i++) {
                        next.put(HIDDEN.charAt(i));
                    }
                }
                hiddenUntil = Math.max(hiddenUntil, length == 0 ? 0 : at + length);
                if (at >= hiddenUntil) {
                    next.put(held.charAt(at));
                }
            }
            held.delete(0, until);
            hiddenUntil = Math.max(0, hiddenUntil - until);
        }
    }
}
