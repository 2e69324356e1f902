package dev.hearth.api;

/** What a pattern may look like, as regular expressions that the schema and the matchers share; see docs/patterns.md. */
public final class PatternSyntax {
    /** Both ends come after the slash, so that no range contains it. */
    private static final String RANGE = "[0-9A-Za-z\\x{80}-\\x{10FFFF}]-[0-9A-Za-z\\x{80}-\\x{10FFFF}]";

    private static final String SET = "\\[[!^]?((" + RANGE + "|[^\\x00-\\x1f\\x7f/\\[\\]\\\\!^-])+-?|-)\\]";

    private static final String ESCAPED = "\\\\[^\\x00-\\x1f\\x7f/]";

    /** A pattern for branches or tags: all that a ref's name may have, wildcards and sets. */
    public static final String REF = "^([^\\x00-\\x20\\x7f~^:\\\\\\[]|" + SET + ")+$";

    /** The longest pattern for branches or tags. */
    public static final int REF_LENGTH = 255;

    /** A pattern for paths. Braces would be alternatives elsewhere, so they are not to be mistaken for them here. */
    public static final String PATH = "^!?([^\\x00-\\x1f\\x7f\\\\\\[{}!#]|" + ESCAPED + "|" + SET
            + ")([^\\x00-\\x1f\\x7f\\\\\\[{}]|" + ESCAPED + "|" + SET + ")*$";

    static final String BRANCHES_RULE = "self.branches.all(p, p.matches(r'" + REF + "'))";

    static final String TAGS_RULE = "self.tags.all(p, p.matches(r'" + REF + "'))";

    static final String INPUTS_RULE = "self.inputs.all(p, p.matches(r'" + PATH + "'))";

    static final String RECIPE_RULE = "self.recipe.all(p, p.matches(r'" + PATH + "'))";

    static final String JUNIT_RULE = "self.junit.all(p, p.startsWith('/') && p.matches(r'" + PATH + "'))";

    static final String FILES_RULE = "self.files.all(p, p.startsWith('/') && p.matches(r'" + PATH + "'))";

    static final String REF_MESSAGE =
            "a pattern for branches or tags has * for anything but a slash, ** for anything, ? for"
                    + " one character, and sets such as [a-z] and [!0-9]: close every [, and remove spaces, ~, ^, : and"
                    + " backslashes, which no ref has";

    static final String PATH_MESSAGE =
            "a pattern for files is a line as in .gitignore, such as Cargo.* or scripts/**: close"
                    + " every [, write a backslash before # or ! at the beginning and before every brace and backslash, and list"
                    + " alternatives one by one";

    private PatternSyntax() {}
}
