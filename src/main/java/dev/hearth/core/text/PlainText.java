package dev.hearth.core.text;

import java.io.IOException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Removes everything from a text that a terminal would act on instead of showing it. Steps run code of other people, whose
 * output must not move the cursor, set a window's title, or disguise itself as other text. Visible characters, line ends
 * and tabs remain.
 */
public final class PlainText implements CharSink {
    private static final Pattern BREAKS = Pattern.compile("[\\n\\t]+");
    private static final char REPLACEMENT = '\uFFFD';
    private static final int MAX_LINE = 300;
    /** How many characters are read for each character of the result, since terminal sequences are removed. */
    private static final int READ_FACTOR = 4;

    private enum State {
        Text,
        /** After ESC. */
        Escape,
        /** In an escape sequence with intermediate characters, such as one that selects a character set. */
        Intermediate,
        /** In a control sequence, such as a colour. */
        Control,
        /** In a string for the terminal, such as a window's title or a link. */
        TerminalString
    }

    private final CharSink next;
    private State state = State.Text;
    private char high;
    private boolean lineEnds;

    public PlainText(CharSink next) {
        this.next = next;
    }

    /** Returns the plain form of a whole text. */
    public static String of(String text) {
        return CharSink.filter(PlainText::new, text);
    }

    /** Returns a text as one line of at most 300 characters, for a status or a table. */
    public static String line(String text) {
        return line(text, MAX_LINE);
    }

    /** Returns a text as one line of at most {@code max} characters. */
    public static String line(String text, int max) {
        return Text.abbreviate(
                BREAKS.matcher(bounded(text, max)).replaceAll(" ").strip(), max);
    }

    /** Returns the first lines of a text that are not empty, with their indentation, in at most {@code max} characters. */
    public static String lines(String text, int maxLines, int max) {
        var lines = bounded(text, max)
                .lines()
                .map(line -> line.replace('\t', ' ').stripTrailing())
                .filter(line -> !line.isEmpty())
                .limit(maxLines);
        return Text.abbreviate(lines.collect(Collectors.joining("\n")), max);
    }

    /** Returns the plain form of the beginning of a text, so that a huge text takes no longer than a short one. */
    private static String bounded(String text, int max) {
        return of(text.substring(0, Math.min(text.length(), max * READ_FACTOR)));
    }

    @Override
    public void put(char c) throws IOException {
        if (high != 0) {
            var first = high;
            high = 0;
            if (Character.isLowSurrogate(c)) {
                read(Character.toCodePoint(first, c));
                return;
            }
            read(REPLACEMENT);
        }
        if (Character.isHighSurrogate(c)) {
            high = c;
        } else {
            read(Character.isLowSurrogate(c) ? REPLACEMENT : c);
        }
    }

    @Override
    public void end() throws IOException {
        if (high != 0) {
            high = 0;
            read(REPLACEMENT);
        }
        endLine();
        next.end();
    }

    private void read(int c) throws IOException {
        if (c == 0x1B) {
            state = State.Escape;
            return;
        }
        state = switch (state) {
            case Text -> show(c);
            case Escape -> escape(c);
            case Intermediate -> within(c, 0x20, 0x2F) ? state : within(c, 0x30, 0x7E) ? State.Text : show(c);
            case Control -> within(c, 0x20, 0x3F) ? state : within(c, 0x40, 0x7E) ? State.Text : show(c);
            // A line end ends the string: one without a terminator would hide all text after it.
            case TerminalString -> c == '\n' || c == '\r' ? show(c) : endsString(c) ? State.Text : state;
        };
    }

    private State escape(int c) throws IOException {
        return switch (c) {
            case '[' -> State.Control;
            case ']', 'P', 'X', '^', '_' -> State.TerminalString;
            default -> within(c, 0x20, 0x2F) ? State.Intermediate : within(c, 0x30, 0x7E) ? State.Text : show(c);
        };
    }

    /** BEL, ST, or one of the characters that cancel a sequence. */
    private static boolean endsString(int c) {
        return c == 0x07 || c == 0x9C || c == 0x18 || c == 0x1A;
    }

    private State show(int c) throws IOException {
        switch (c) {
            case '\r' -> lineEnds = true;
            case '\n', 0x2028, 0x2029 -> {
                lineEnds = true;
                endLine();
            }
            // ESC and a letter in one character.
            case 0x9B -> {
                return State.Control;
            }
            case 0x90, 0x98, 0x9D, 0x9E, 0x9F -> {
                return State.TerminalString;
            }
            default -> {
                if (c == '\t' || isVisible(c)) {
                    endLine();
                    write(c);
                }
            }
        }
        return State.Text;
    }

    /** Format characters are not visible: they change the direction of text, or have no width. */
    private static boolean isVisible(int c) {
        var type = Character.getType(c);
        return type != Character.CONTROL && type != Character.FORMAT;
    }

    /** Writes a line end. A carriage return and a line feed after it are one line end. */
    private void endLine() throws IOException {
        if (lineEnds) {
            lineEnds = false;
            next.put('\n');
        }
    }

    private void write(int c) throws IOException {
        if (Character.isBmpCodePoint(c)) {
            next.put((char) c);
        } else {
            next.put(Character.highSurrogate(c));
            next.put(Character.lowSurrogate(c));
        }
    }

    private static boolean within(int c, int first, int last) {
        return first <= c && c <= last;
    }
}
