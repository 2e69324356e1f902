package dev.hearth.core.glob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.eclipse.jgit.ignore.FastIgnoreRule;
import org.eclipse.jgit.ignore.IgnoreNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IgnorePatternsTest {

    /** Compares with JGit, for patterns for which JGit does not take exponential time. */
    @Property(tries = 5000)
    void selectsAsGitignoreDoes(
            @ForAll("lines") List<String> lines, @ForAll("paths") String path, @ForAll boolean directory) {
        var ignored = new IgnoreNode(lines.stream().map(FastIgnoreRule::new).toList()).isIgnored(path, directory);

        assertThat(IgnorePatterns.of(lines).select(path, directory))
                .isEqualTo(ignored == IgnoreNode.MatchResult.IGNORED);
    }

    @Property
    void quotedPathMatchesOnlyItself(@ForAll("odd") String path, @ForAll("odd") String other) {
        var patterns = IgnorePatterns.of(List.of("/" + PathPattern.quoted(path)));

        assertThat(patterns.select(path, false)).isTrue();
        assertThat(patterns.select(other, false)).isEqualTo(other.equals(path));
    }

    @Property
    void acceptsAnyTextWithoutAnError(@ForAll List<String> lines, @ForAll String path, @ForAll boolean directory) {
        assertThatCode(() -> IgnorePatterns.of(lines).select(path, directory)).doesNotThrowAnyException();
    }

    @Test
    void lastMatchingPatternDecides() {
        var patterns = IgnorePatterns.of(List.of("/**", "!/docs/**", "docs/api.md"));

        assertThat(patterns.select("src/main.c", false)).isTrue();
        assertThat(patterns.select("docs/guide.md", false)).isFalse();
        assertThat(patterns.select("docs/api.md", false)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "!", "#a", "a[", "a[]", "[z-a]", "a\\", "{a,b}", "a}", "[[:alpha:]]", "!!a", "a\n"})
    void malformedPatternSelectsNothing(String line) {
        assertThat(PathPattern.isMalformed(line)).isTrue();
        assertThat(IgnorePatterns.of(List.of(line)).select("a", false)).isFalse();
        assertThat(IgnorePatterns.of(List.of("a", "!" + line)).select("a", false))
                .isTrue();
    }

    /** A matcher with backtracking would take practically forever. */
    @ParameterizedTest
    @ValueSource(strings = {"*a", "**/", "*?", "*[a-b]", "**/*a/"})
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void hostilePatternTakesNoLonger(String part) {
        var pattern = part.repeat(120 / part.length()) + "b";
        var patterns = IgnorePatterns.of(List.of(pattern, "x/" + pattern));

        assertThat(PathPattern.isMalformed(pattern)).isFalse();
        assertThat(patterns.select("a".repeat(255), false)).isFalse();
        assertThat(patterns.select("a/".repeat(2000) + "a", false)).isFalse();
        assertThat(patterns.select("x/" + "a".repeat(255), true)).isFalse();
    }

    @Provide
    Arbitrary<List<String>> lines() {
        var names = Arbitraries.of("a", "b", "*", "?", "**", "a*", "*b", "[ab]", "[!a]", "\\a", "a?b", "ä");
        var paths = names.list().ofMinSize(1).ofMaxSize(3).map(parts -> String.join("/", parts));
        return Arbitraries.of("", "", "", "!", "/", "!/")
                .flatMap(start ->
                        paths.flatMap(path -> Arbitraries.of("", "", "", "/").map(end -> start + path + end)))
                .list()
                .ofMinSize(1)
                .ofMaxSize(3);
    }

    @Provide
    Arbitrary<String> paths() {
        return Arbitraries.of("a", "b", "ab", "axb", "x", "ä")
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(parts -> String.join("/", parts));
    }

    @Provide
    Arbitrary<String> odd() {
        return Arbitraries.strings()
                .withChars("ab.[]{}()\\+^$|-! #*?'\"äж")
                .ofMinLength(1)
                .ofMaxLength(5);
    }
}
