package dev.hearth.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ForgeType;
import dev.hearth.core.HostileTexts;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What of a request's headers is shown in a status. */
class ForgeHeadersTest {
    @Property(tries = 10_000)
    void eventsAndIdentifiersAreShortVisibleWords(@ForAll ForgeType forge, @ForAll("texts") String value) {
        var headers = ForgeHeaders.of(forge);

        assertThat(headers.event(_ -> value).stream()).allMatch(it -> it.matches("[ -~]{1,64}"));
        assertThat(headers.id(_ -> value).stream()).allMatch(it -> it.matches("[ -~]{1,64}"));
    }

    @Provide
    Arbitrary<String> texts() {
        return HostileTexts.any();
    }
}
