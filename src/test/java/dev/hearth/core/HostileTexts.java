package dev.hearth.core;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Texts that somebody may choose as the name of a ref or account, or write into a title or comment, to do harm. */
public final class HostileTexts {
    private static final List<String> PARTS = List.of(
            "",
            "..",
            ".",
            "/",
            "//",
            "\\",
            "@{",
            "%2e%2e",
            "%00",
            "?",
            "#",
            "&a=b",
            "\n",
            "\r\n",
            "\u0000",
            "\u007f",
            "\u0085",
            "\u009b31m",
            "\u001b[2J",
            "\u001b]0;title\u0007",
            "\u2028",
            "\u2029",
            "\u202e",
            "\u200d",
            "\ufeff",
            "\ud800",
            "\udc00",
            "\ud83d\ude00",
            "é",
            "e\u0301",
            "İ",
            "ß",
            "${jndi:ldap://x}",
            "{branch}",
            "{{run}",
            "$(id)",
            "`id`",
            "; rm -rf /",
            "' OR 1=1 --",
            "<script>",
            "-",
            "--",
            "_",
            "A",
            "a",
            "0",
            "refs/heads/",
            "refs/pull/1/head",
            ".git",
            ".lock",
            "hearth-",
            "/approve ",
            "1".repeat(40),
            "x".repeat(300),
            "%s%n",
            "{0}",
            "level=ERROR",
            "\"}",
            ": ",
            " ",
            "\t");

    private HostileTexts() {}

    /** Texts of such parts and of any characters. */
    public static Arbitrary<String> any() {
        var character = Arbitraries.integers().between(0, 0x10FFFF).map(Character::toString);
        return Arbitraries.frequencyOf(Tuple.of(3, Arbitraries.of(PARTS)), Tuple.of(1, character))
                .list()
                .ofMinSize(1)
                .ofMaxSize(6)
                .map(parts -> String.join("", parts));
    }

    /**
     * Full names of refs with such texts. Git and the API server send names in UTF-8, which has no single surrogates, so
     * neither have these names.
     */
    public static Arbitrary<String> refs() {
        var prefixes = Arbitraries.of(
                "refs/heads/", "refs/tags/", "refs/pull/", "refs/merge-requests/", "refs/notes/", "refs/", "");
        return Combinators.combine(prefixes, any(), Arbitraries.of("", "", "/head"))
                .as((prefix, name, suffix) -> prefix + name + suffix)
                .map(name -> new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
    }

    /** Whether a reader of logs or a terminal would take a part of a text for something else than visible text of one line. */
    public static boolean breaksLine(String text) {
        return text.codePoints()
                .map(Character::getType)
                .anyMatch(type -> type == Character.CONTROL
                        || type == Character.LINE_SEPARATOR
                        || type == Character.PARAGRAPH_SEPARATOR);
    }
}
