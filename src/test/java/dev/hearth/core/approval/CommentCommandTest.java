package dev.hearth.core.approval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
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

    @Test
    void randomTextApprovesNothingElse() {
        var random = new Random(3);
        var alphabet = "/approve 0123456789abcdef\n\r\t>`\u202e";
        for (int i = 0; i < 10_000; i++) {
            var text = new StringBuilder();
            for (int n = random.nextInt(60); n > 0; n--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            CommentCommand.of(text.toString())
                    .ifPresent(command -> assertThat(text.toString().lines().map(String::strip))
                            .anyMatch(line -> line.matches("/approve +[0-9a-f]{40}")));
        }
    }
}
