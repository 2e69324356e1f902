package dev.hearth.core.text;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TextTest {
    private static final String FACE = "\ud83d\ude00";

    @Test
    void keepsTheBeginningOrTheEndOfALongText() {
        assertThat(Text.abbreviate("abc", 3)).isEqualTo("abc");
        assertThat(Text.abbreviate("abcd", 3)).isEqualTo("ab…");
        assertThat(Text.abbreviate("ab", 1)).isEqualTo("…");
        assertThat(Text.abbreviateStart("abc", 3)).isEqualTo("abc");
        assertThat(Text.abbreviateStart("abcd", 3)).isEqualTo("…cd");
        assertThat(Text.abbreviateStart("ab", 1)).isEqualTo("…");
    }

    @Test
    void doesNotSplitSurrogatePairs() {
        assertThat(Text.abbreviate("a" + FACE + "bc", 3)).isEqualTo("a…");
        assertThat(Text.abbreviateStart("ab" + FACE + "c", 3)).isEqualTo("…c");
    }

    @Property
    void staysWithinTheLimit(@ForAll String text, @ForAll @IntRange(min = 1, max = 40) int max) {
        assertThat(Text.abbreviate(text, max)).hasSizeLessThanOrEqualTo(max);
        assertThat(Text.abbreviateStart(text, max)).hasSizeLessThanOrEqualTo(max);
    }
}
