package dev.hearth.core.ref;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Trust;
import dev.hearth.core.ref.Lineage.Origin;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineageTest {
    private static final String SOURCE = "https://git.example/a.git";

    @ParameterizedTest
    @CsvSource({
        // A run of main, whatever its tree, takes nothing that another branch has made.
        "refs/heads/main,      Trusted,   refs/heads/main, refs/heads/main,      Trusted,   true",
        "refs/heads/main,      Trusted,   refs/heads/main, refs/heads/x,         Trusted,   false",
        "refs/heads/main,      Trusted,   refs/heads/main, refs/heads/main,      Untrusted, false",
        "refs/heads/main,      Trusted,   refs/heads/main, refs/pull/7/head,     Untrusted, false",
        "refs/tags/v1,         Trusted,   refs/heads/main, refs/heads/main,      Trusted,   true",
        "refs/tags/v1,         Trusted,   refs/heads/main, refs/heads/x,         Trusted,   false",
        "refs/tags/v1,         Trusted,   refs/heads/main, refs/tags/v1,         Trusted,   true",
        "refs/tags/v1,         Trusted,   refs/heads/main, refs/tags/v0,         Trusted,   false",
        "refs/pull/7/head,     Untrusted, refs/heads/main, refs/heads/main,      Trusted,   true",
        "refs/pull/7/head,     Untrusted, refs/heads/main, refs/pull/7/head,     Untrusted, true",
        "refs/pull/7/head,     Untrusted, refs/heads/main, refs/pull/8/head,     Untrusted, false",
        "refs/pull/7/head,     Untrusted, refs/heads/main, refs/heads/main,      Untrusted, false",
        "refs/pull/7/head,     Untrusted, refs/heads/main, refs/heads/x,         Trusted,   false",
        "refs/heads/x,         Untrusted, refs/heads/main, refs/heads/x,         Trusted,   true",
        // A merge group takes nothing that another commit has left at the same ref.
        "refs/heads/q:aa,      Untrusted, refs/heads/main, refs/heads/q:aa,      Untrusted, true",
        "refs/heads/q:aa,      Untrusted, refs/heads/main, refs/heads/q:bb,      Untrusted, false",
        "refs/heads/q:aa,      Untrusted, refs/heads/main, refs/heads/main,      Trusted,   true"
    })
    void usesOutputsOfItsOwnRefAndItsSeedRefs(
            String ref, Trust trust, String base, String other, Trust otherTrust, boolean may) {
        var lineage = new Lineage(new Origin(SOURCE, ref, trust), List.of(base));

        assertThat(lineage.mayTakeFrom(new Origin(SOURCE, other, otherTrust))).isEqualTo(may);
        assertThat(lineage.mayTakeFrom(new Origin("https://git.example/fork.git", other, otherTrust)))
                .isFalse();
    }
}
