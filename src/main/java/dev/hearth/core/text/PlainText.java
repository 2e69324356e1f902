package dev.hearth.core.text;

import java.io.IOException;

/**
 * Takes from a text what a terminal acts on rather than shows: a step is somebody else's code, and its words must not
 * move the cursor, set a title, or look like other words than they are. What is left are characters that can be seen,
 * line ends and tabs.
 */
public final class PlainText implements CharSink {
    private static final char REPLACEMENT = '\uFFFD';
    private static final int LONGEST_LINE = 300;

    private enum State {
        Text,
        /** After ESC. */
        Escape,
        /** In an escape sequence that goes on with intermediate characters, such as one that names a character set. */
        Intermediate,
        /** In a control sequence, such as one for a colour. */
        Control,
        /** In a string for the terminal, such as a window's title or a link. */
        Words
    }

    private final CharSink next;
    private State state = State.Text;
    private char high;
    private boolean lineEnds;

    public PlainText(CharSink next) {
        this.next = next;
    }

    /** The plain form of a whole text. */
    public static String of(String text) {
        var plain = new CollectedText();
        plain.of(new PlainText(plain), text);
        return plain.toString();
    }

    /** A text as one line, and not a long one, for a status or a table. */
    public static String line(String text) {
        var line = of(text).replaceAll("[\\n\\t]+", " ").strip();
        if (line.length() <= LONGEST_LINE) {
            return line;
        }
        var end = Character.isHighSurrogate(line.charAt(LONGEST_LINE - 1)) ? LONGEST_LINE - 1 : LONGEST_LINE;
        return line.substring(0, end) + "...";
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
            // A string that nobody ends would otherwise hide all that follows.
            case Words -> c == '\n' || c == '\r' ? show(c) : endsWords(c) ? State.Text : state;
        };
    }

    private State escape(int c) throws IOException {
        return switch (c) {
            case '[' -> State.Control;
            case ']', 'P', 'X', '^', '_' -> State.Words;
            default -> within(c, 0x20, 0x2F) ? State.Intermediate : within(c, 0x30, 0x7E) ? State.Text : show(c);
        };
    }

    /** BEL, the string terminator, and what cancels a sequence. */
    private static boolean endsWords(int c) {
        return c == 0x07 || c == 0x9C || c == 0x18 || c == 0x1A;
    }

    private State show(int c) throws IOException {
        switch (c) {
            case '\r' -> lineEnds = true;
            case '\n', 0x2028, 0x2029 -> {
                lineEnds = true;
                endLine();
            }
            // The same as ESC and a letter, in one character.
            case 0x9B -> {
                return State.Control;
            }
            case 0x90, 0x98, 0x9D, 0x9E, 0x9F -> {
                return State.Words;
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

    /** Format characters turn the direction of text, or hide in it. */
    private static boolean isVisible(int c) {
        var type = Character.getType(c);
        return type != Character.CONTROL && type != Character.FORMAT;
    }

    /** A carriage return is one end of a line together with the line feed that may follow. */
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
