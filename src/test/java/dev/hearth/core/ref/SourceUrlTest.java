package dev.hearth.core.ref;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceUrlTest {

    @ParameterizedTest
    @CsvSource({
        "https://Git.Example:443/a/B.git/, https://git.example/a/B.git",
        "git://git.example:9418/a,         git://git.example/a",
        "http://git.example:80/a.git,      http://git.example/a.git",
        "https://git.example:80/a.git,     https://git.example:80/a.git",
        "http://git.example/a.git,         http://git.example/a.git",
        "https://git.example/A.git,        https://git.example/A.git",
        "ssh://git@Git.Example:22/a.git/,  ssh://git.example/a.git",
        "ssh://git.example/a.git,          ssh://git.example/a.git",
        "ssh://Ada@git.example:2222/a,     ssh://Ada@git.example:2222/a"
    })
    void identityIgnoresInsignificantDifferences(String url, String identity) {
        assertThat(SourceUrl.identity(url)).isEqualTo(identity);
        assertThat(SourceUrl.identity(identity)).isEqualTo(identity);
    }

    @ParameterizedTest
    @CsvSource({
        "HTTPS://Git.Example:443/a.git, git.example",
        "https://git.example:80/a.git,  git.example:80",
        "git://git.example:9418,        git.example",
        "ssh://git@Git.Example:22/a,    git.example",
        "ssh://ada@[::1]:2222/a,        [::1]:2222",
        "ssh://git.example/a@b,         git.example",
        "https://ada@git.example/a.git, ada@git.example",
        "Git.Example:443/a.git,         git.example:443",
        "git@Git.Example:a/b.git,       git@git.example:a",
        "a:b://Git.Example:443/a.git,   git.example:443"
    })
    void findsTheHost(String url, String host) {
        assertThat(SourceUrl.host(url)).isEqualTo(host);
    }

    @Property
    void anotherPathIsAnotherRepository(@ForAll String one, @ForAll String other) {
        var same = one.replaceAll("/+$", "").equals(other.replaceAll("/+$", ""));

        assertThat(SourceUrl.identity("https://h/" + one).equals(SourceUrl.identity("https://h/" + other)))
                .isEqualTo(same);
    }
}
