package dev.hearth.core.forge;

import dev.hearth.core.text.PlainText;

/** Texts of others in Markdown. */
final class CodeSpan {
    /** What would end a code span or a cell of a table. */
    private static final String MARKUP = "[`|\\\\]";

    private CodeSpan() {}

    /** Returns a text as code of one line, in which forges see no markup, no link and no mention of a user. */
    static String of(String text, int longest) {
        return "`" + PlainText.line(text, longest).replaceAll(MARKUP, "_") + "`";
    }
}
