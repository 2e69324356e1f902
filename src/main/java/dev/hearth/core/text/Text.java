package dev.hearth.core.text;

/** Shortens texts for statuses, events and tables. The result never ends or begins in the middle of a surrogate pair. */
public final class Text {
    static final char ELLIPSIS = '…';

    private Text() {}

    /** Returns the text, or its beginning and an ellipsis: at most {@code max} characters. {@code max} is positive. */
    public static String abbreviate(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        var end = max - 1;
        var splitsPair = end > 0 && Character.isHighSurrogate(text.charAt(end - 1));
        return text.substring(0, splitsPair ? end - 1 : end) + ELLIPSIS;
    }

    /** Returns the text, or an ellipsis and its end: at most {@code max} characters. {@code max} is positive. */
    public static String abbreviateStart(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        var start = text.length() - max + 1;
        var splitsPair = start < text.length() && Character.isLowSurrogate(text.charAt(start));
        return ELLIPSIS + text.substring(splitsPair ? start + 1 : start);
    }
}
