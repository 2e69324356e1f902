package dev.hearth.buildkit;

/** What a container says in words: a line for people, whoever wrote it. */
final class Notes {
    private static final int LONGEST = 300;

    private Notes() {}

    /** One line without control characters, and not a long one. */
    static String plain(String text) {
        var line = text.replaceAll("[\\p{Cc}\\p{Cf}]", " ").strip();
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }
}
