package dev.hearth.forge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.HostileTexts;
import java.net.URI;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Names of accounts and projects, as a forge sends them, stay what they are in URLs and messages. */
class HostileAccountsTest {
    private static final String BASE = "https://forge.example/api/v1/repos/team/app/collaborators/";

    @Property(tries = 10_000)
    void nameIsOneSegmentOfAPath(@ForAll("texts") String name) {
        Assume.that(ApiConnection.isSegment(name));
        var uri = URI.create(BASE + ApiConnection.encode(name) + "/permission");

        assertThat(uri.normalize()).isEqualTo(uri);
        assertThat(uri.getHost()).isEqualTo("forge.example");
        assertThat(uri.getRawPath())
                .startsWith("/api/v1/repos/team/app/collaborators/")
                .endsWith("/permission");
        assertThat(uri.getRawPath().chars().filter(c -> c == '/')).hasSize(8);
        assertThat(uri.getRawQuery()).isNull();
        assertThat(uri.getRawFragment()).isNull();
    }

    @Property(tries = 10_000)
    void shownNameIsAShortVisibleWord(@ForAll("texts") String name) {
        assertThat(new Account(name, "1").shownName()).matches("[!-~]{1,64}");
    }

    @Provide
    Arbitrary<String> texts() {
        return HostileTexts.any();
    }
}
