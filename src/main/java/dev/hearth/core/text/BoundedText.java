package dev.hearth.core.text;

import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Somebody else's words as plain ones: no terminal's colours, no control characters, no more than there is room for. */
public final class BoundedText {
    private static final Pattern COLOURS = Pattern.compile("\\x1b\\[[0-9;?]*[ -/]*[@-~]");
    /** Cs: half a character, which no JSON can hold. */
    private static final Pattern UNSEEN = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\u2028\\u2029]");
    /** How much more is looked at than there is room for, since colours go. */
    private static final int WIDER = 4;

    private BoundedText() {}

    /** One line. */
    public static String line(String text, int longest) {
        return cut(plain(text, longest).strip(), longest);
    }

    /** The first lines that hold anything, indented as they are. */
    public static String lines(String text, int most, int longest) {
        var lines = text.substring(0, Math.min(text.length(), longest * WIDER)).lines();
        return cut(
                lines.map(line -> plain(line, longest).stripTrailing())
                        .filter(line -> !line.isEmpty())
                        .limit(most)
                        .collect(Collectors.joining("\n")),
                longest);
    }

    private static String plain(String text, int longest) {
        var bounded = text.substring(0, Math.min(text.length(), longest * WIDER));
        return UNSEEN.matcher(COLOURS.matcher(bounded).replaceAll("")).replaceAll(" ");
    }

    private static String cut(String text, int longest) {
        if (text.length() <= longest) {
            return text;
        }
        var end = longest - 3;
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "...";
    }
}
