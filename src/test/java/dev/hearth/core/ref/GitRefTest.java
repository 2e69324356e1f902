package dev.hearth.core.ref;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.RefSelection;
import dev.hearth.api.Trust;
import dev.hearth.core.ref.GitRef.Kind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GitRefTest {
    private static final String GROUP = "refs/heads/gh-readonly-queue/main/pr-7-" + "a".repeat(40);

    @ParameterizedTest
    @CsvSource({
        "refs/heads/main, BRANCH",
        "refs/heads/gh-readonly-queue, BRANCH",
        "refs/heads/gh-readonly-queue/pr-7-c0ffee, BRANCH",
        "refs/heads/gh-readonly-queue/main/pr-x-c0ffee, BRANCH",
        "refs/heads/x/gh-readonly-queue/main/pr-7-c0ffee, BRANCH",
        "refs/heads/gh-readonly-queue/main/pr-7-c0ffee, MERGE_GROUP",
        "refs/heads/gh-readonly-queue/release/1/pr-7-c0ffee, MERGE_GROUP",
        "refs/tags/gh-readonly-queue/main/pr-7-c0ffee, TAG",
        "refs/pull/7/head, PULL_REQUEST",
        "refs/merge-requests/7/head, PULL_REQUEST",
        "refs/pull/7/merge, OTHER"
    })
    void nameDecidesTheKind(String name, Kind kind) {
        assertThat(GitRef.of(name).kind()).isEqualTo(kind);
    }

    @Test
    void mergeGroupNamesItsBranch() {
        assertThat(GitRef.of(GROUP).mergeTarget()).contains("refs/heads/main");
        assertThat(GitRef.of("refs/heads/gh-readonly-queue/release/1/pr-7-c0ffee")
                        .mergeTarget())
                .contains("refs/heads/release/1");
        assertThat(GitRef.of("refs/heads/main").mergeTarget()).isEqualTo(Optional.empty());
    }

    @Test
    void mergeGroupSharesOnlyWithItsCommit() {
        var commit = "b".repeat(40);
        assertThat(GitRef.of("refs/heads/main").lineage(commit)).isEqualTo("refs/heads/main");
        assertThat(GitRef.of(GROUP).lineage(commit))
                .isNotEqualTo(GitRef.of(GROUP).lineage("c".repeat(40)))
                // git forbids colons, so no branch can be named so that it writes what a merge group starts from
                .isEqualTo(GROUP + ":" + commit);
    }

    @Test
    void mergeGroupIsFollowedWithItsBranchAndNeverTrusted() {
        var main = RefFilter.of(List.of("main"), List.of(), true);
        assertThat(main.follows(GitRef.of(GROUP))).isTrue();
        assertThat(main.matches(GitRef.of(GROUP))).isFalse();
        assertThat(RefFilter.of(List.of("release/*"), List.of("**"), true).follows(GitRef.of(GROUP)))
                .isFalse();
        for (String pattern : List.of("main", "**", "gh-readonly-queue/**")) {
            var trusted = new RefSelection(List.of(pattern), List.of("**"));
            assertThat(RefFilter.trust(trusted, GitRef.of(GROUP))).isEqualTo(Trust.Untrusted);
        }
    }
}
