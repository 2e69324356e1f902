package dev.hearth.api;

/** The syntax of patterns as regular expressions, which the schema and the matchers share. See docs/patterns.md. */
public final class PatternSyntax {
    /** Both ends have a code above that of the slash, so that no range contains a slash. */
    private static final String RANGE = "[0-9A-Za-z\\x{80}-\\x{10FFFF}]-[0-9A-Za-z\\x{80}-\\x{10FFFF}]";

    private static final String SET = "\\[[!^]?((" + RANGE + "|[^\\x00-\\x1f\\x7f/\\[\\]\\\\!^-])+-?|-)\\]";

    private static final String ESCAPED = "\\\\[^\\x00-\\x1f\\x7f/]";

    /** A pattern for branches or tags: the characters that a ref's name may have, wildcards and sets. */
    public static final String REF = "^([^\\x00-\\x20\\x7f~^:\\\\\\[]|" + SET + ")+$";

    /** Maximum length of a pattern for branches or tags. */
    public static final int REF_LENGTH = 255;

    /** A pattern for paths. Braces need a backslash, because other tools read them as alternatives. */
    public static final String PATH = "^!?([^\\x00-\\x1f\\x7f\\\\\\[{}!#]|" + ESCAPED + "|" + SET
            + ")([^\\x00-\\x1f\\x7f\\\\\\[{}]|" + ESCAPED + "|" + SET + ")*$";

    static final String BRANCHES_RULE = "self.branches.all(p, p.matches(r'" + REF + "'))";

    static final String TAGS_RULE = "self.tags.all(p, p.matches(r'" + REF + "'))";

    static final String INPUTS_RULE = "self.inputs.all(p, p.matches(r'" + PATH + "'))";

    static final String ONLY_PATHS_RULE = "self.onlyPaths.all(p, p.matches(r'" + PATH + "'))";

    static final String IGNORE_PATHS_RULE = "self.ignorePaths.all(p, p.matches(r'" + PATH + "'))";

    static final String RECIPE_RULE = "self.recipe.all(p, p.matches(r'" + PATH + "'))";

    static final String JUNIT_RULE = "self.junit.all(p, p.startsWith('/') && p.matches(r'" + PATH + "'))";

    static final String FILES_RULE = "self.files.all(p, p.startsWith('/') && p.matches(r'" + PATH + "'))";

    static final String REF_MESSAGE =
            "a pattern for branches or tags has * for any text without a slash, ** for any text, ? for"
                    + " one character, and sets such as [a-z] and [!0-9]: close every [, and remove spaces, ~, ^,"
                    + " : and backslashes, which no ref contains";

    static final String PATH_MESSAGE =
            "a pattern for files is a line as in .gitignore, such as Cargo.* or scripts/**: close every"
                    + " [, write a backslash before a # or ! at the beginning and before every brace and"
                    + " backslash, and list alternatives as separate patterns";

    private PatternSyntax() {}
}
