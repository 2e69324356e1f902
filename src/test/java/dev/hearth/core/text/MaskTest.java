package dev.hearth.core.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class MaskTest {

    @Test
    void masksAllOccurrencesOfAllValues() {
        assertThat(Mask.of(Set.of("hunter22", "s3cr3t")).apply("hunter22: s3cr3ts3cr3t, hunter2, hunter22"))
                .isEqualTo("***: ******, hunter2, ***");
    }

    @Test
    void masksOverlappingValuesTogether() {
        assertThat(Mask.of(Set.of("abcd", "cdefg", "abcdx")).apply("-abcdefg-abcdx-"))
                .isEqualTo("-***-***-");
    }

    @Test
    void doesNotMaskShortValues() {
        assertThat(Mask.of(Set.of("git", "", "  a  ")).apply("git a")).isEqualTo("git a");
    }

    @Test
    void masksAKeyLineByLine() {
        var key = "-----BEGIN KEY-----\r\nabcdefgh\r\nij\r\n-----END KEY-----\n";

        assertThat(Mask.of(Set.of(key)).apply("> abcdefgh\n> ij\n> -----END KEY-----"))
                .isEqualTo("> ***\n> ij\n> ***");
    }

    /** Terminal sequences are removed before, from texts and values. */
    @Test
    void masksAValueWithControlCharacters() {
        assertThat(Mask.of(Set.of("pass\u0007word")).apply(PlainText.of("pass\u0007word")))
                .isEqualTo("***");
    }

    @Property
    void masksAValueAtAnyPosition(
            @ForAll @IntRange(min = 3900, max = 8400) int before,
            @ForAll @AlphaChars @StringLength(min = 4, max = 200) String value) {
        var text = ".".repeat(before) + value + ".".repeat(before);

        assertThat(Mask.of(Set.of(value)).apply(text)).isEqualTo(".".repeat(before) + "***" + ".".repeat(before));
    }

    @Test
    void masksTheBeginningOfAValueWhereATextWasCut() {
        var mask = Mask.of(Set.of("hunter22", "unterwegs", "ter2-and-more"));
        assertThat(mask.applyToCut("a hunter2…, hunt…x, b hunter2")).isEqualTo("a ***…, ***…x, b ***");
        assertThat(mask.applyToCut("hunter2 hun")).isEqualTo("hunter2 hun");
        assertThat(mask.applyToCut("hunter22")).isEqualTo("***");
        assertThat(mask.applyToCut("unterw")).isEqualTo("***");
        assertThat(mask.applyToCut("…")).isEqualTo("…");
        assertThat(mask.apply("hunter2…")).isEqualTo("hunter2…");
    }

    @Property
    void masksABeginningAtAnyPosition(
            @ForAll @IntRange(max = 8400) int before, @ForAll @IntRange(min = 4, max = 200) int length) {
        var value = "a".repeat(length) + "b";

        assertThat(Mask.of(Set.of(value)).applyToCut(".".repeat(before) + "a".repeat(length) + "…"))
                .isEqualTo(".".repeat(before) + "***…");
    }

    @Property
    void masksAllValuesInAnyText(
            @ForAll @Size(min = 1, max = 5) List<@AlphaChars @StringLength(min = 4, max = 6) String> values,
            @ForAll @Size(max = 10) List<@IntRange(max = 4) Integer> choice) {
        var text = new StringBuilder();
        choice.forEach(which -> text.append(values.get(which % values.size())));

        assertThat(Mask.of(values).apply(text.toString())).matches("(\\*\\*\\*)*");
    }

    /** A slow search would need a day: at each of four million positions, most of the value matches. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void hostileValuesTakeNoLongerThanOthers() {
        var value = "a".repeat(Mask.MAX_CHARACTERS - 1) + "b";

        assertThat(Mask.of(Set.of(value)).apply("a".repeat(4 << 20))).hasSize(4 << 20);
    }

    @Test
    void masksTheWholeTextIfThereAreTooManyValues() {
        var mask = Mask.of(Set.of("x".repeat(Mask.MAX_CHARACTERS), "another"));

        assertThat(mask.apply("a log")).isEqualTo(Mask.WITHHELD);
        assertThat(mask.apply("")).isEmpty();
    }

    @Property
    void masksTheSameAsASlowSearch(
            @ForAll @Size(max = 6) List<@CharRange(from = 'a', to = 'b') @StringLength(min = 4, max = 7) String> values,
            @ForAll @CharRange(from = 'a', to = 'b') @StringLength(max = 40) String text) {
        assertThat(Mask.of(values).apply(text)).isEqualTo(slowly(values, text));
    }

    /** Marks all occurrences of all values. Occurrences that overlap are one. */
    private static String slowly(List<String> values, String text) {
        var covered = new boolean[text.length()];
        var joined = new boolean[text.length()];
        for (String value : values) {
            for (int at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
                Arrays.fill(covered, at, at + value.length(), true);
                Arrays.fill(joined, at + 1, at + value.length(), true);
            }
        }
        var result = new StringBuilder();
        for (int at = 0; at < text.length(); at++) {
            if (!covered[at]) {
                result.append(text.charAt(at));
            } else if (!joined[at]) {
                result.append(Mask.HIDDEN);
            }
        }
        return result.toString();
    }
}
