package dev.hearth.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.PublicKey;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KnownHostsTest {
    private static final PublicKey KEY = SshGitServer.key("ssh-ed25519").getPublic();

    private static String line(String names) {
        return names + " " + PublicKeyEntry.toString(KEY) + " a comment\n";
    }

    private static boolean accepts(String text, String host, int port) {
        return KnownHosts.of(text, host, port).accepts(KEY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "git.example 22 git.example true",
                "git.example 22 Git.Example true",
                "git.example 22 git_example false",
                "git.example 22 other,git.* true",
                "git.example 22 git?exampl? true",
                "git.example 22 git?example? false",
                "git.example 22 * true",
                "git.example 22 *e*ple true",
                "git.example 22 *e*plex false",
                "git.example 22 *,!git.example false",
                "git.example 22 *,!other true",
                "git.example 22 !other false",
                "git.example 22 [git.example]:2222 false",
                "git.example 2222 [git.example]:2222 true",
                "git.example 2222 [git.*]:* true",
                "git.example 2222 * true",
                "git.example 2222 git.example true",
                "fd00::1 22 fd00::1 true",
                "fd00::1 2222 [fd00::1]:2222 true",
                "git.example 22 |1||AAAA false"
            })
    void matchesNamesAsOpenSshDoes(String host, int port, String names, boolean accepted) {
        assertThat(accepts(line(names), host, port)).isEqualTo(accepted);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "[git.example]:2222 *",
                "git.example [git.example]:2222",
                "git.example *",
                "git.example git.example"
            })
    void revokedKeyIsNotAcceptedOnAnotherPort(String trusted, String revoked) {
        assertThat(accepts(line(trusted), "git.example", 2222)).isTrue();
        assertThat(accepts(line(trusted) + "@revoked " + line(revoked), "git.example", 2222))
                .isFalse();
    }

    @Test
    void skipsLinesThatItDoesNotUnderstand() {
        var broken = "# " + line("git.example") + "\n \n@revoked\ngit.example\n@unknown " + line("git.example")
                + line("|1||AAAA") + line("|9|AA|AA") + line("[") + "git.example ssh-ed25519 ####\n";

        assertThat(accepts(broken, "git.example", 22)).isFalse();
        assertThat(accepts(broken + line("git.example"), "git.example", 22)).isTrue();
    }

    @Test
    @Timeout(60)
    void patternWithManyAsterisksEnds() {
        assertThat(accepts(line("*a".repeat(100) + "*b"), "a".repeat(253), 22)).isFalse();
    }
}
