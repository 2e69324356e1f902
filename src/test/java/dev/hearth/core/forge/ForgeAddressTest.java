package dev.hearth.core.forge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ForgeSpec;
import dev.hearth.api.ForgeSpecBuilder;
import dev.hearth.api.ForgeType;
import dev.hearth.api.SourceSpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForgeAddressTest {
    @ParameterizedTest
    @CsvSource({
        "GitHub, https://github.com/team/app.git, https://api.github.com, team/app",
        "GitHub, HTTPS://GitHub.com/team/.github.git, https://api.github.com, team/.github",
        "GitHub, https://ghe.example/team/app.git, https://ghe.example/api/v3, team/app",
        "GitHub, https://octo.ghe.com/team/app.git, https://api.octo.ghe.com, team/app",
        "GitLab, https://gitlab.com/group/sub/app.git, https://gitlab.com/api/v4, group/sub/app",
        "Gitea, http://git.example:3000/team/app.git, http://git.example:3000/api/v1, team/app",
        "Forgejo, https://codeberg.org//team/app.git/, https://codeberg.org/api/v1, team/app",
        "GitHub, ssh://git@github.com/team/app.git, https://api.github.com, team/app",
        "GitHub, ssh://git@ssh.github.com:443/team/app.git, https://api.github.com, team/app",
        "GitLab, ssh://git@AltSSH.gitlab.com:443/team/app.git, https://gitlab.com/api/v4, team/app",
        "GitLab, ssh://git.example:2222/group/sub/app, https://git.example/api/v4, group/sub/app",
        "Gitea, 'ssh://git@[2001:db8::1]:2222/team/app.git', 'https://[2001:db8::1]/api/v1', team/app"
    })
    void comesFromTheSource(ForgeType type, String source, String api, String repository) {
        assertThat(ForgeAddress.of(forge(type, null, null), source(source)))
                .contains(new ForgeAddress(type, api, repository));
    }

    @Test
    void whatIsNamedWins() {
        var forge = forge(ForgeType.Gitea, "https://example.com/git/", "team/app");
        assertThat(ForgeAddress.of(forge, source("git://mirror/x.git")))
                .contains(new ForgeAddress(ForgeType.Gitea, "https://example.com/git/api/v1", "team/app"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "git://host/team/app.git",
                "https://host/app.git",
                "https://host/../user.git",
                "https://host/team/...git",
                "https://host/team/%2e%2e/x.git",
                "https://host/team/a b.git",
                "https://my_host/team/app.git",
                "https://a..b/team/app.git",
                "https://host:99999/team/app.git",
                "ssh://git@host/app.git",
                "ssh://git@host/~team/app.git",
                "ssh://git@host/../app.git"
            })
    void sourceThatTellsNoRepository(String source) {
        assertThat(ForgeAddress.of(forge(ForgeType.GitHub, null, null), source(source)))
                .isEmpty();
    }

    private static ForgeSpec forge(ForgeType type, @Nullable String url, @Nullable String repository) {
        return ForgeSpecBuilder.builder()
                .type(type)
                .url(url)
                .repository(repository)
                .build();
    }

    private static SourceSpec source(String url) {
        return new SourceSpec(url, null, null);
    }
}
