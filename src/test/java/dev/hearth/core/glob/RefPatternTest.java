package dev.hearth.core.glob;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RefPatternTest {

    @ParameterizedTest
    @CsvSource({
        "release/*,        release/1,          true",
        "release/*,        release/1/2,        false",
        "release/**,       release/1/2,        true",
        "release/**,       release,            false",
        "**,               a/b,                true",
        "**/fix,           a/b/fix,            true",
        "**-rc,            release/1-rc,       true",
        "*,                a/b,                false",
        "v?.*,             v1.20,              true",
        "v?.*,             v10.2,              false",
        "?,                功,                 true",
        "feature/ü*,       feature/übergröße,  true",
        "功能,             功能,               true",
        "v[0-9],           v7,                 true",
        "v[!0-9],          v7,                 false",
        "v[^0-9],          vx,                 true",
        "a[!x]b,           a/b,                false",
        "[а-я],            ж,                  true",
        "{main},           main,               false",
        "(a|b)+$,          (a|b)+$,            true",
        "a.c,              abc,                false",
        "Main,             main,               false",
        "!main,            dev,                false"
    })
    void matchesAsDocumented(String pattern, String name, boolean matches) {
        assertThat(RefPattern.of(pattern).matches(name)).isEqualTo(matches);
    }

    @Property
    void nameOfARefMatchesOnlyItself(@ForAll("names") String name, @ForAll("names") String other) {
        var pattern = RefPattern.of(name);

        assertThat(pattern.isPlain()).isTrue();
        assertThat(pattern.matches(name)).isTrue();
        assertThat(pattern.matches(other)).isEqualTo(other.equals(name));
    }

    @Property
    void matchesLikeASimpleMatcher(@ForAll("globs") String glob, @ForAll("words") String name) {
        assertThat(RefPattern.of(glob).matches(name)).isEqualTo(obviously(glob, name));
    }

    @Property
    void anyTextIsMatchedWithoutAnError(@ForAll String glob, @ForAll String name) {
        var pattern = RefPattern.of(glob);

        assertThat(pattern.matches(name) && pattern.isMalformed()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a[",
                "a[]",
                "a[b",
                "a[b/c]",
                "[z-a]",
                "[+-9]",
                "a\\*",
                "a b",
                "a~1",
                "a^",
                "a:b",
                "[[:alpha:]]"
            })
    void malformedPatternMatchesNothing(String glob) {
        var pattern = RefPattern.of(glob);

        assertThat(pattern.isMalformed()).isTrue();
        assertThat(pattern.isPlain()).isFalse();
        assertThat(pattern.matches(glob)).isFalse();
        assertThat(pattern.matches("a")).isFalse();
    }

    /** A matcher with backtracking would take practically forever. */
    @ParameterizedTest
    @ValueSource(strings = {"*a", "**a", "*?", "*[a-b]", "a*/**"})
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void hostilePatternTakesNoLonger(String part) {
        var pattern = RefPattern.of(part.repeat(250 / part.length()) + "b");

        assertThat(pattern.isMalformed()).isFalse();
        assertThat(pattern.matches("a".repeat(4000))).isFalse();
        assertThat(pattern.matches("a/".repeat(2000))).isFalse();
    }

    private static boolean obviously(String glob, String name) {
        if (glob.isEmpty()) {
            return name.isEmpty();
        }
        var rest = glob.substring(1);
        var first = glob.charAt(0);
        if (glob.startsWith("**")) {
            return obviously(rest.substring(1), name) || (!name.isEmpty() && obviously(glob, name.substring(1)));
        }
        if (first == '*') {
            return obviously(rest, name)
                    || (!name.isEmpty() && name.charAt(0) != '/' && obviously(glob, name.substring(1)));
        }
        return !name.isEmpty()
                && (first == name.charAt(0) || (first == '?' && name.charAt(0) != '/'))
                && obviously(rest, name.substring(1));
    }

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.strings()
                .withChars("ab/.-_#{}(),+|$@!=;'\"%&]äж功")
                .withChars("😀".toCharArray())
                .ofMinLength(1)
                .ofMaxLength(5);
    }

    @Provide
    Arbitrary<String> globs() {
        return Arbitraries.of("a", "b", "/", "*", "**", "?", "a", "*a")
                .list()
                .ofMinSize(1)
                .ofMaxSize(6)
                // Three asterisks are two.
                .map(parts -> String.join("", parts).replaceAll("\\*{3,}", "**"));
    }

    @Provide
    Arbitrary<String> words() {
        return Arbitraries.strings().withChars("ab/").ofMaxLength(8);
    }
}
