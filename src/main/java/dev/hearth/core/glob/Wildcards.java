package dev.hearth.core.glob;

/** Translates the wildcards of ref and path patterns to regular expressions in the common syntax of RE2 and POSIX ERE. */
final class Wildcards {
    private static final String SPECIAL = ".[]{}()\\*+?^$|";

    private Wildcards() {}

    /** Whether a well-formed pattern has a wildcard or a set. */
    static boolean in(String glob) {
        for (int at = 0; at < glob.length(); at++) {
            if ("*?[".indexOf(glob.charAt(at)) >= 0) {
                return true;
            }
            if (glob.charAt(at) == '\\') {
                at++;
            }
        }
        return false;
    }

    /** Returns the text that a pattern without wildcards matches. */
    static String plain(String glob) {
        return glob.replaceAll("\\\\(.)", "$1");
    }

    /**
     * Returns the regular expression of a well-formed pattern.
     *
     * @param stars the expression for two or more adjacent asterisks
     */
    static String regex(String glob, String stars) {
        var regex = new StringBuilder();
        for (int at = 0; at < glob.length(); at++) {
            switch (glob.charAt(at)) {
                case '*' -> {
                    var first = at;
                    while (at + 1 < glob.length() && glob.charAt(at + 1) == '*') {
                        at++;
                    }
                    regex.append(at == first ? "[^/]*" : stars);
                }
                case '?' -> regex.append("[^/]");
                case '[' -> {
                    var end = glob.indexOf(']', at);
                    regex.append(set(glob.substring(at + 1, end < 0 ? glob.length() : end)));
                    at = end < 0 ? glob.length() : end;
                }
                case '\\' -> {
                    at = Math.min(at + 1, glob.length() - 1);
                    quote(glob.charAt(at), regex);
                }
                default -> quote(glob.charAt(at), regex);
            }
        }
        return regex.toString();
    }

    private static String set(String members) {
        return members.startsWith("!") || members.startsWith("^")
                ? "[^/" + members.substring(1) + "]"
                : "[" + members + "]";
    }

    private static void quote(char literal, StringBuilder regex) {
        if (SPECIAL.indexOf(literal) >= 0) {
            regex.append('\\');
        }
        regex.append(literal);
    }
}
