package dev.hearth.core.folder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.glob.PathPattern;
import dev.hearth.core.testreport.ReportGlob;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReportFoldersTest {

    @ParameterizedTest
    @CsvSource({
        "/reports/*.xml, /reports",
        "/reports/**, /reports",
        "/reports/a/**/b/*.xml, /reports/a",
        "/reports/junit.xml, /reports",
        "/reports/r?/x.xml, /reports",
        "/usr/src/app/reports/*.xml, /usr/src/app/reports",
        "/var/reports/*.xml, /var/reports"
    })
    void folderEndsBeforeTheFirstWildcard(String glob, String folder) {
        assertThat(problem(glob)).isEmpty();
        assertThat(ReportFolders.of(globs(glob))).containsExactly(folder);
    }

    @Test
    void nestedFoldersHaveOneVolume() {
        assertThat(ReportFolders.of(globs("/b/x/*.xml", "/a/b/c/*", "/a/b/*.xml", "/a/bc/*", "/b/x/y/**")))
                .containsExactly("/a/b", "/a/bc", "/b/x");
    }

    @Test
    void workspaceIsAVolumeAlready() {
        assertThat(ReportFolders.of(globs("/workspace/**", "/workspace/target/*.xml", "/workspaces/*.xml")))
                .containsExactly("/workspaces");
        assertThat(problem("/workspace/*.xml")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/*.xml",
                "/**",
                "/junit.xml",
                "/etc/*.xml",
                "/etc/reports/*.xml",
                "/proc/**",
                "/bin/*",
                "/lib/x/*",
                "/usr/*.xml",
                "/usr/local/**",
                "/usr/src/*.xml",
                "/dev/shm/*",
                "/sys/**",
                "/artifacts/tests/*.xml",
                "/run/*",
                "/var/*.xml",
                "/var/run/x/*",
                "/home/*/x.xml"
            })
    void rejectsFoldersThatTheTaskNeeds(String glob) {
        assertThat(problem(glob)).hasValueSatisfying(it -> assertThat(it).contains(glob, "for example /reports"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "reports/*.xml",
                "",
                "/reports/",
                "/reports//x",
                "/reports/../etc/*",
                "/a/./b",
                "/a/b\n",
                "/a/[b",
                "/a/{b,c}",
                "/a/\\",
                "/ä/[b]"
            })
    void rejectsPatternsThatAreNotPaths(String glob) {
        assertThat(problem(glob)).hasValueSatisfying(it -> assertThat(it).containsAnyOf("write", "remove"));
    }

    @Test
    void regexMatchesAsShellsDo() {
        assertThat(matching("/r/*.xml")).containsExactly("/r/a.xml", "/r/new\nline.xml");
        assertThat(matching("/r/?.xml")).containsExactly("/r/a.xml");
        assertThat(matching("/r/**/*.xml"))
                .containsExactly("/r/a.xml", "/r/new\nline.xml", "/r/x/b.xml", "/r/x/y/c.xml");
        assertThat(matching("/r/**"))
                .contains("/r/a.xml", "/r/x/y/c.xml", "/r/axml")
                .doesNotContain("/ra.xml");
        assertThat(matching("/r/x/**")).containsExactly("/r/x/b.xml", "/r/x/y/c.xml");
        assertThat(matching("/r/[a-c].xml")).containsExactly("/r/a.xml");
        assertThat(matching("/r/[!b-z]?xml")).containsExactly("/r/a.xml");
        assertThat(matching("/r/(a|b)+$\\[x]\\{2\\}.xml")).containsExactly("/r/(a|b)+$[x]{2}.xml");
    }

    @Property
    void patternWithoutWildcardsMatchesOnlyItself(@ForAll("paths") String path, @ForAll("paths") String other) {
        var glob = new ReportGlob(PathPattern.quoted(path));
        assertThat(path).matches(glob.regex());
        assertThat(other.matches(glob.regex())).isEqualTo(other.equals(path));
    }

    @Provide
    Arbitrary<String> paths() {
        return Arbitraries.strings()
                .withChars("ab.[]{}()\\+^$|- '\"")
                .ofMinLength(1)
                .ofMaxLength(5)
                .list()
                .ofMinSize(1)
                .ofMaxSize(3)
                .map(segments -> "/" + String.join("/", segments));
    }

    private static List<String> matching(String glob) {
        var regex = new ReportGlob(glob).regex();
        // As the C library has it, a dot is any character.
        return Stream.of(
                        "/r/a.xml",
                        "/r/axml",
                        "/r/new\nline.xml",
                        "/r/x/b.xml",
                        "/r/x/y/c.xml",
                        "/ra.xml",
                        "/r/(a|b)+$[x]{2}.xml",
                        "/q/a.xml")
                .filter(path -> path.matches("(?s)" + regex))
                .filter(path -> !path.contains("(") || glob.contains("("))
                .toList();
    }

    private static Optional<String> problem(String glob) {
        return ReportFolders.problem(globs(glob));
    }

    private static List<ReportGlob> globs(String... globs) {
        return Stream.of(globs).map(ReportGlob::new).toList();
    }
}
