package dev.hearth.core.text;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainTextTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "a colour|\u001b[1;31mred\u001b[0m|red",
                "a colour in one character|\u009b31mred\u009b0m|red",
                "a window's title|a\u001b]0;title\u0007b|ab",
                "a link|\u001b]8;;http://evil\u001b\\text\u001b]8;;\u001b\\!|text!",
                "a device's string|a\u001bPq#0;2\u001b\\b|ab",
                "a string in one character|a\u009d0;title\u009cb|ab",
                "a character set|a\u001b(Bb|ab",
                "a two-character sequence|a\u001b7b\u001bcd|abd",
                "text after a sequence without an end|a\u001b[31\u00e9b|a\u00e9b",
                "a sequence within another|a\u001b[3\u001b[0mb|ab",
                "bells, backspaces and deletes|a\u0007b\u0008c\u007fd\u0000e|abcde",
                "turned text|a\u202eb\u2066c\u200fd\u061ce|abcde",
                "what hides in text|a\u200bb\ufeffc\udb40\udc41d|abcd",
                "other letters and pictures|\u00e9\u4e2d\ud83d\ude00\t|\u00e9\u4e2d\ud83d\ude00\t",
                "half a character|a\ud83db\ude00|a\ufffdb\ufffd",
            })
    void keepsVisibleCharacters(String what, String text, String plain) {
        assertThat(PlainText.of(text)).as(what).isEqualTo(plain);
    }

    @Test
    void carriageReturnsEndLines() {
        assertThat(PlainText.of("10%\r20%\r\ndone\r\r\nnext\u2028last\r")).isEqualTo("10%\n20%\ndone\nnext\nlast\n");
    }

    @Test
    void unterminatedStringEndsWithItsLine() {
        assertThat(PlainText.of("a\u001b]0;title\nb\u001bPx\rc")).isEqualTo("a\nb\nc");
    }

    @Test
    void lineIsSingleAndShort() {
        assertThat(PlainText.line("\u001b[31m a\n\n\tb\r\n")).isEqualTo("a b");
        assertThat(PlainText.line("x".repeat(299) + "\ud83d\ude00y")).isEqualTo("x".repeat(299) + "…");
    }

    @Property
    void removesEverythingThatATerminalActsOn(@ForAll("hostile") String text) {
        assertThat(PlainText.of(text).codePoints())
                .allSatisfy(c -> assertThat(c == '\n' || c == '\t' || isVisible(c))
                        .as("U+%04X", c)
                        .isTrue());
    }

    @Property
    void doesNotChangePlainText(@ForAll("hostile") String text) {
        var plain = PlainText.of(text);

        assertThat(PlainText.of(plain)).isEqualTo(plain);
    }

    @Property
    void keepsVisibleText(@ForAll("words") String text) {
        assertThat(PlainText.of(text)).isEqualTo(text);
    }

    @Provide
    Arbitrary<String> hostile() {
        var pieces = Arbitraries.of(
                "\u001b",
                "[",
                "]",
                "\\",
                "0;1m",
                "\u0007",
                "\u009b",
                "\u009c",
                "\u009d",
                "\r",
                "\n",
                "\t",
                "P",
                "\u202e",
                "\u200d",
                "a",
                " ",
                "(",
                "\u0018",
                "\ud83d",
                "\ude00",
                "\udb40\udc41");
        return Arbitraries.oneOf(
                pieces.list().ofMaxSize(20).map(list -> String.join("", list)),
                Arbitraries.strings().ofMaxLength(30));
    }

    @Provide
    Arbitrary<String> words() {
        return Arbitraries.strings().withCharRange(' ', '~').withChars('\n', '\t', '\u00e9', '\u4e2d');
    }

    private static boolean isVisible(int c) {
        return Character.getType(c) != Character.CONTROL && Character.getType(c) != Character.FORMAT;
    }
}
