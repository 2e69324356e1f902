package dev.hearth.core.approval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.api.RunApproval;
import dev.hearth.api.StrangerRule;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProposalTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final String BASE = "release";
    private static final String DIGEST = "a".repeat(64);
    private static final ApprovalDecision AS_BASE = new ApprovalDecision.Start(new DefinitionOrigin.OfBase(BASE));
    private static final ApprovalDecision START = new ApprovalDecision.Start(new DefinitionOrigin.OwnCommit());

    @Test
    void writersAndAllowedStrangersStart() {
        assertThat(proposal(StrangerRule.Approve, true).decide(null)).isEqualTo(START);
        assertThat(proposal(StrangerRule.Ignore, true).decide(null)).isEqualTo(START);
        assertThat(proposal(StrangerRule.Run, true).decide(null)).isEqualTo(START);
        assertThat(proposal(StrangerRule.Run, false).decide(null)).isEqualTo(AS_BASE);
    }

    @Test
    void strangerIsIgnoredOrWaits() {
        assertThat(proposal(StrangerRule.Ignore, false).decide(approval(COMMIT, null)))
                .isInstanceOfSatisfying(
                        ApprovalDecision.Refuse.class,
                        it -> assertThat(it.why().reason()).isEqualTo(Reason.StrangerIgnored));
        assertThat(proposal(StrangerRule.Approve, false).decide(null))
                .isInstanceOfSatisfying(ApprovalDecision.Ask.class, it -> {
                    assertThat(it.why().reason()).isEqualTo(Reason.ApprovalRequired);
                    assertThat(it.why().message())
                            .isEqualTo(
                                    "the pull request of bob can have commits of somebody who may not write the repository; it"
                                            + " changes Dockerfile."
                                            + " To approve it, somebody who may write the repository comments"
                                            + " /approve " + COMMIT
                                            + ", or sets spec.approval.commit of the run to the commit");
                    assertThat(it.request().author()).isEqualTo("bob");
                    assertThat(it.request().digest()).isEqualTo(DIGEST);
                    assertThat(it.request().changedFiles()).containsExactly("Dockerfile");
                    assertThat(it.request().compared()).isTrue();
                });
    }

    @Test
    void closedPullRequestOfAStrangerIsNotAskedFor() {
        var closed = proposal(StrangerRule.Approve, false).withClosed(true);
        assertThat(closed.decide(null))
                .isInstanceOfSatisfying(
                        ApprovalDecision.Refuse.class,
                        it -> assertThat(it.why().reason()).isEqualTo(Reason.PullRequestClosed));
        assertThat(closed.decide(approval(COMMIT, DIGEST))).isEqualTo(START);
        assertThat(closed.withKnown(true).decide(null)).isEqualTo(START);
        assertThat(closed.withRule(StrangerRule.Run).decide(null)).isEqualTo(AS_BASE);
    }

    /** With the rule Run strangers start without an approval, so only one makes a definition of theirs count. */
    @Test
    void allowedStrangerHasTheDefinitionOfTheBaseUntilApproved() {
        var allowed = proposal(StrangerRule.Run, false);
        assertThat(allowed.decide(approval(COMMIT, DIGEST))).isEqualTo(START);
        assertThat(allowed.decide(approval(COMMIT, "b".repeat(64)))).isEqualTo(AS_BASE);
        assertThat(allowed.decide(approval("f".repeat(40), null))).isEqualTo(AS_BASE);
        assertThat(allowed.withTarget(Optional.empty()).decide(null))
                .isEqualTo(new ApprovalDecision.Start(new DefinitionOrigin.OfBase(null)));
    }

    @Test
    void approvalIsOfACommitAndOfWhatDecides() {
        var waiting = proposal(StrangerRule.Approve, false);
        assertThat(waiting.decide(approval(COMMIT, null))).isEqualTo(START);
        assertThat(waiting.decide(approval(COMMIT, DIGEST))).isEqualTo(START);
        assertThat(waiting.decide(approval("f".repeat(40), DIGEST))).isInstanceOf(ApprovalDecision.Ask.class);
        assertThat(waiting.decide(approval(COMMIT, "b".repeat(64))))
                .isInstanceOfSatisfying(
                        ApprovalDecision.Ask.class,
                        it -> assertThat(it.why().message())
                                .contains(
                                        "since it was approved, the pipeline, its definition or its Dockerfiles have changed"));
    }

    /** An empty list would look as if nothing had changed. */
    @Test
    void missingComparisonIsSaid() {
        var unknown = proposal(StrangerRule.Approve, false).withChangedFiles(Optional.empty());
        assertThat(unknown.decide(null)).isInstanceOfSatisfying(ApprovalDecision.Ask.class, it -> {
            assertThat(it.request().compared()).isFalse();
            assertThat(it.request().changedFiles()).isEmpty();
            assertThat(it.why().message()).contains("is not known");
        });
    }

    private static RunApproval approval(String commit, @Nullable String digest) {
        return new RunApproval(commit, digest, null);
    }

    private static Proposal proposal(StrangerRule rule, boolean known) {
        return ProposalBuilder.builder()
                .commit(COMMIT)
                .rule(rule)
                .author(Optional.of("bob"))
                .closed(false)
                .known(known)
                .target(Optional.of(BASE))
                .digest(Optional.of(DIGEST))
                .changedFiles(Optional.of(List.of("Dockerfile")))
                .build();
    }
}
