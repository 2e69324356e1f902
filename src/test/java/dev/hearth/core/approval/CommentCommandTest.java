package dev.hearth.core.approval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.HostileTexts;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommentCommandTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    @Test
    void commandIsALineOfItsOwn() {
        assertThat(CommentCommand.of("Looks good.\r\n\r\n  /approve 0123456789abcdef0123456789abcdef01234567 \nThanks"))
                .contains(new CommentCommand.Approve(COMMIT));
        assertThat(CommentCommand.of(CommentCommand.approving(COMMIT))).contains(new CommentCommand.Approve(COMMIT));
        assertThat(CommentCommand.of("/retest")).contains(new CommentCommand.Retest());
        assertThat(CommentCommand.of("/cancel")).contains(new CommentCommand.Cancel());
        assertThat(CommentCommand.of("/retest\n/cancel")).contains(new CommentCommand.Retest());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/approve",
                "/approve 0123456",
                "/approve 0123456789abcdef0123456789abcdef0123456",
                "/approve 0123456789abcdef0123456789abcdef012345678",
                "/approve 0123456789abcdef0123456789abcdef0123456g",
                "/approve HEAD",
                "> /approve 0123456789abcdef0123456789abcdef01234567",
                "`/approve 0123456789abcdef0123456789abcdef01234567`",
                "please /approve 0123456789abcdef0123456789abcdef01234567",
                "/Approve 0123456789abcdef0123456789abcdef01234567",
                "/approve 0123456789abcdef0123456789abcdef01234567 now",
                "/retest all",
                "/approve\u00a00123456789abcdef0123456789abcdef01234567"
            })
    void anythingElseIsNone(String comment) {
        assertThat(CommentCommand.of(comment)).isEmpty();
    }

    @Property(tries = 10_000)
    void hostileCommentsApproveNothingElse(@ForAll("comments") String comment) {
        CommentCommand.of(comment).ifPresent(command -> {
            var lines = comment.lines().map(String::strip);
            switch (command) {
                case CommentCommand.Approve(var commit) ->
                    assertThat(lines).anyMatch(line -> line.matches("/approve +" + commit));
                case CommentCommand.Retest() -> assertThat(lines).contains("/retest");
                case CommentCommand.Cancel() -> assertThat(lines).contains("/cancel");
            }
        });
    }

    @Provide
    Arbitrary<String> comments() {
        var parts = Arbitraries.of(
                "/approve ", COMMIT, "/retest", "/cancel", "\n", "\r", " ", "> ", "`", "\u2028", "\u00a0");
        return Arbitraries.oneOf(parts.list().ofMaxSize(8).map(it -> String.join("", it)), HostileTexts.any());
    }
}
