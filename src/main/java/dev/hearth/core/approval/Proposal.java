package dev.hearth.core.approval;

import dev.hearth.api.ApprovalRequest;
import dev.hearth.api.ApprovalRequestBuilder;
import dev.hearth.api.BuiltCompletely;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.RunApproval;
import dev.hearth.api.StrangerRule;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A commit of a pull request, and what is known of it.
 *
 * @param rule for strangers
 * @param author empty if there is no token to ask the forge
 * @param closed whether the pull request is closed
 * @param known whether its commits can only come from somebody who may write the repository
 * @param target short name of the branch that it is for; empty if that is not known
 * @param digest of the pipeline's spec, its definition and the Dockerfiles; empty if the files cannot be read
 * @param changedFiles definition and Dockerfiles that differ from the base; empty if that is not known
 */
@BuiltCompletely
public record Proposal(
        String commit,
        StrangerRule rule,
        Optional<String> author,
        boolean closed,
        boolean known,
        Optional<String> target,
        Optional<String> digest,
        Optional<List<String>> changedFiles)
        implements ProposalBuilder.With {
    private static final int MOST_FILES = 32;
    private static final int FEW = 3;

    /** Returns the rule that applies to a pipeline. */
    public static StrangerRule rule(PipelineSpec spec) {
        return Optional.ofNullable(spec.triggers().pullRequests().strangers())
                .orElse(
                        spec.forge() != null && spec.forge().hasCredentials()
                                ? StrangerRule.Approve
                                : StrangerRule.Run);
    }

    /** Decides about the run. {@code approval} is what its spec has. */
    public ApprovalDecision decide(@Nullable RunApproval approval) {
        if (known) {
            return new ApprovalDecision.Start(new DefinitionOrigin.OwnCommit());
        }
        return switch (rule) {
            case Run ->
                new ApprovalDecision.Start(
                        isApproved(approval)
                                ? new DefinitionOrigin.OwnCommit()
                                : new DefinitionOrigin.OfBase(target.orElse(null)));
            case Ignore ->
                new ApprovalDecision.Refuse(new StatusReason(
                        Reason.StrangerIgnored,
                        people() + ": spec.triggers.pullRequests.strangers of the pipeline is Ignore"));
            case Approve -> approve(approval);
        };
    }

    private ApprovalDecision approve(@Nullable RunApproval approval) {
        if (isApproved(approval)) {
            return new ApprovalDecision.Start(new DefinitionOrigin.OwnCommit());
        }
        if (closed) {
            return new ApprovalDecision.Refuse(new StatusReason(
                    Reason.PullRequestClosed, "the pull request was closed before its run was approved"));
        }
        return approval != null && approval.commit().equals(commit)
                ? ask(
                        "; since it was approved, the pipeline, its definition or its Dockerfiles have changed. To approve it again, set"
                                + " spec.approval.digest of the run to the digest of status.approval")
                : ask(". To approve it, somebody who may write the repository comments "
                        + CommentCommand.approving(commit) + ", or sets spec.approval.commit of the run to the commit");
    }

    private boolean isApproved(@Nullable RunApproval approval) {
        return approval != null
                && approval.commit().equals(commit)
                && (approval.digest() == null || approval.digest().equals(digest.orElse(null)));
    }

    private ApprovalDecision ask(String remedy) {
        return new ApprovalDecision.Ask(
                new StatusReason(Reason.ApprovalRequired, people() + changes() + remedy), request());
    }

    private String changes() {
        if (changedFiles.isEmpty()) {
            return "; whether it changes the definition or Dockerfiles is not known";
        }
        var files = changedFiles.get();
        return files.isEmpty()
                ? ""
                : "; it changes " + String.join(", ", files.stream().limit(FEW).toList())
                        + (files.size() > FEW ? " and more" : "");
    }

    private ApprovalRequest request() {
        return ApprovalRequestBuilder.builder()
                .author(author.orElse(null))
                .digest(digest.orElse(null))
                .compared(changedFiles.isPresent())
                .changedFiles(changedFiles.orElse(List.of()).stream()
                        .limit(MOST_FILES)
                        .toList())
                .build();
    }

    private String people() {
        return author.map(name -> "the pull request of " + name
                        + " can have commits of somebody who may not write the repository")
                .orElse("there is no spec.forge.token or spec.forge.app to ask who has made the pull request");
    }
}
