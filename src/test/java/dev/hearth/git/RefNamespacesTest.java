package dev.hearth.git;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.HostileTexts;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which names of refs are read from a server. */
class RefNamespacesTest {
    @Property(tries = 10_000)
    void namesThatAreReadAreOneVisibleLine(@ForAll("refs") String name) {
        assertThat(RefNamespaces.isKnown(name) && HostileTexts.breaksLine(name)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "refs/heads/\u009b31m",
                "refs/heads/a\u0085level=ERROR",
                "refs/tags/a\u2028b",
                "refs/tags/a\u2029b"
            })
    void nameThatATerminalOrLogWouldActOnIsNotRead(String name) {
        assertThat(RefNamespaces.isKnown(name)).isFalse();
    }

    @Test
    void namesInOtherScriptsAreRead() {
        assertThat(RefNamespaces.isKnown("refs/heads/größe/\ud83d\udc69\u200d\ud83d\udcbb"))
                .isTrue();
    }

    @Provide
    Arbitrary<String> refs() {
        return HostileTexts.refs();
    }
}
