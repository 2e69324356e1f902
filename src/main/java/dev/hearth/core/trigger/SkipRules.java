package dev.hearth.core.trigger;

import dev.hearth.api.CacheSpec;
import dev.hearth.api.ConditionType;
import dev.hearth.api.DraftRule;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.PullRequestTrigger;
import dev.hearth.api.Reason;
import dev.hearth.api.TriggersSpec;
import dev.hearth.api.Trust;
import dev.hearth.core.glob.IgnorePatterns;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Text;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a new commit of a ref is skipped. Whoever can write what a rule reads can give the commit a success without
 * a run: so the message counts on trusted refs only, labels count as the forge shows them, and a draft, which its author
 * declares, shows no success.
 */
public final class SkipRules {
    /** Reasons of runs that wait for a change of their pull request. */
    private static final Set<Reason> WAITING = Set.of(Reason.PullRequestDraft, Reason.SkippedLabels);

    private static final int LONGEST_LABELS = 200;

    private static final int FEW = 2;
    private static final int LONGEST_PATH = 60;

    private final TriggersSpec triggers;
    private final IgnorePatterns only;
    private final IgnorePatterns ignored;

    /** Path of the definition, which always counts; empty if the pipeline has its steps itself. */
    private final String definition;

    private SkipRules(PipelineSpec spec) {
        this.triggers = spec.triggers();
        this.definition = spec.definition() == null ? "" : spec.definition().path();
        this.only = IgnorePatterns.of(this.triggers.onlyPaths());
        this.ignored = IgnorePatterns.of(this.triggers.ignorePaths());
    }

    public static SkipRules of(PipelineSpec spec) {
        return new SkipRules(spec);
    }

    /**
     * The files that differ between two commits.
     *
     * @param total number of files
     * @param counting whether one of them counts
     * @param examples some of their paths
     */
    public record Changes(int total, boolean counting, List<String> examples) {
        public Changes {
            examples = List.copyOf(examples);
        }
    }

    /** Returns whether a rule reads the state of the ref's pull request. */
    public boolean readsPullRequest(GitRef ref) {
        var rules = triggers.pullRequests();
        return ref.kind() == GitRef.Kind.PULL_REQUEST
                && (rules.drafts() == DraftRule.Wait
                        || !rules.onlyLabels().isEmpty()
                        || !rules.ignoreLabels().isEmpty());
    }

    /** Returns whether a rule reads the messages of the ref's commits. */
    public boolean readsMessage(GitRef ref, Trust trust) {
        return ref.kind() == GitRef.Kind.BRANCH
                && trust == Trust.Trusted
                && !triggers.skipMessages().isEmpty();
    }

    /** Returns whether a rule reads which files the ref's commits change. A tag is always run: it is a release. */
    public boolean readsPaths(GitRef ref) {
        return switch (ref.kind()) {
            case BRANCH, PULL_REQUEST, MERGE_GROUP ->
                !triggers.onlyPaths().isEmpty() || !triggers.ignorePaths().isEmpty();
            case TAG, OTHER -> false;
        };
    }

    /** Returns whether a run waits until its pull request is ready or has other labels. */
    public static boolean isWaiting(PipelineRunStatus status) {
        return status.finishedAt() == null
                && reason(status).filter(SkipRules::isWaiting).isPresent();
    }

    /** Returns whether a run with this reason waits until its pull request is ready or has other labels. */
    public static boolean isWaiting(Reason reason) {
        return WAITING.contains(reason);
    }

    /** Returns whether a run is skipped as long as its pull request has the labels that it has. */
    public static boolean isSkippedForNow(PipelineRunStatus status) {
        return isWaiting(status) && reason(status).equals(Optional.of(Reason.SkippedLabels));
    }

    /** Returns whether the status of a run that waits for its pull request says what is decided now. */
    public static boolean isShown(PipelineRunStatus status, @Nullable SkipDecision decision) {
        return decision instanceof SkipDecision.Wait(var why)
                && ConditionFactory.find(status.conditions(), ConditionType.Succeeded)
                        .filter(condition -> condition.message().equals(why.message()))
                        .isPresent();
    }

    /** Returns whether a change of the pull request can make {@link #isOutdated} true. */
    public static boolean canBeOutdated(PipelineRunStatus status) {
        var compared = status.comparedWith();
        return isClosed(status) || (status.phase() == Phase.Skipped && compared != null && compared.branch() != null);
    }

    /**
     * Returns whether the run of a pull request's commit ended for a state that the pull request no longer has, so that the
     * commit needs another run: it is for another branch now, or was closed and is open again.
     */
    public static boolean isOutdated(PipelineRunStatus status, boolean closed, @Nullable String target) {
        var compared = status.comparedWith();
        return canBeOutdated(status)
                && !closed
                && (isClosed(status) || (compared != null && target != null && !target.equals(compared.branch())));
    }

    private static boolean isClosed(PipelineRunStatus status) {
        return status.finishedAt() != null && reason(status).equals(Optional.of(Reason.PullRequestClosed));
    }

    private static Optional<Reason> reason(PipelineRunStatus status) {
        return ConditionFactory.find(status.conditions(), ConditionType.Succeeded)
                .flatMap(condition -> Reason.parse(condition.reason()));
    }

    /** Decides about the run of a pull request. Empty if its state keeps it from nothing. A closed one waits for nothing. */
    public Optional<SkipDecision> ofPullRequest(boolean closed, boolean draft, Collection<String> labels) {
        return ofDraft(draft, labels)
                .map(why -> closed
                        ? new SkipDecision.Refuse(new StatusReason(
                                Reason.PullRequestClosed, "the pull request was closed before its run could start"))
                        : new SkipDecision.Wait(why));
    }

    private Optional<StatusReason> ofDraft(boolean draft, Collection<String> labels) {
        var rules = triggers.pullRequests();
        if (draft && rules.drafts() == DraftRule.Wait) {
            return Optional.of(new StatusReason(
                    Reason.PullRequestDraft, "the pull request is a draft; it runs when it is marked as ready"));
        }
        return ofLabels(rules, labels);
    }

    private static Optional<StatusReason> ofLabels(PullRequestTrigger rules, Collection<String> labels) {
        var ignoring = rules.ignoreLabels().stream()
                .filter(label -> has(labels, label))
                .findFirst();
        if (ignoring.isPresent()) {
            return Optional.of(new StatusReason(
                    Reason.SkippedLabels,
                    "skipped: the pull request has the label " + ignoring.get() + "; it runs when that is removed"));
        }
        return rules.onlyLabels().isEmpty() || rules.onlyLabels().stream().anyMatch(label -> has(labels, label))
                ? Optional.empty()
                : Optional.of(new StatusReason(
                        Reason.SkippedLabels,
                        "skipped: the pull request runs when it gets the label "
                                + Text.abbreviate(String.join(" or ", rules.onlyLabels()), LONGEST_LABELS)));
    }

    private static boolean has(Collection<String> labels, String wanted) {
        return labels.stream().anyMatch(wanted::equalsIgnoreCase);
    }

    /** Returns why a commit with this message is skipped. Empty if it is not. */
    public Optional<StatusReason> ofMessage(String message) {
        var lower = message.toLowerCase(Locale.ROOT);
        return triggers.skipMessages().stream()
                .filter(text -> lower.contains(text.toLowerCase(Locale.ROOT)))
                .findFirst()
                .map(text -> new StatusReason(Reason.SkippedMessage, "skipped: the commit's message contains " + text));
    }

    /**
     * Returns whether a run has done what a run with the present spec does, at a commit that differs in no file that counts. What
     * a definition can set is not compared: the definition counts as a file.
     *
     * @param present the pipeline's spec
     */
    public static boolean didSame(PipelineRunStatus run, PipelineSpec present) {
        var recorded = run.pipelineSpec();
        if (recorded == null) {
            return false;
        }
        var definition = present.definition();
        var used = run.definition();
        if (definition == null || used == null) {
            return definition == null && used == null && present.equals(recorded);
        }
        return used.path().equals(definition.path())
                && Objects.equals(used.commit(), run.commit())
                && withoutDefinition(present).equals(withoutDefinition(recorded));
    }

    private static PipelineSpec withoutDefinition(PipelineSpec spec) {
        return spec.withDefinition(null)
                .withBuilds(List.of())
                .withTasks(List.of())
                .withTimeout("")
                .withPendingTimeout("")
                .withInfrastructureRetries(0)
                .withCache(new CacheSpec(spec.cache().policy(), spec.cache().imports(), List.of()));
    }

    /**
     * Returns whether a change of a file matters to the pipeline.
     *
     * @param directory whether it is a submodule
     */
    public boolean counts(String path, boolean directory) {
        return path.equals(definition)
                || ((triggers.onlyPaths().isEmpty() || matches(only, path, directory))
                        && !matches(ignored, path, directory));
    }

    /** A pattern that matches a directory matches all that is in it. */
    private static boolean matches(IgnorePatterns patterns, String path, boolean directory) {
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            if (patterns.select(path.substring(0, slash), true)) {
                return true;
            }
        }
        return patterns.select(path, directory);
    }

    /**
     * Returns why a commit is skipped that differs so from another one. Empty if it is not, as if no file differs: then somebody
     * wants a run of the same files, as with an empty commit.
     */
    public Optional<StatusReason> ofChanges(Changes changes) {
        if (changes.total() == 0 || changes.counting()) {
            return Optional.empty();
        }
        var shown = changes.examples().stream()
                .limit(FEW)
                .map(path -> Text.abbreviateStart(path, LONGEST_PATH).replaceAll("\\p{C}", "?"))
                .collect(Collectors.joining(", "));
        var more = changes.total() - Math.min(FEW, changes.examples().size());
        return Optional.of(new StatusReason(
                Reason.SkippedPaths,
                String.format(
                        Locale.ROOT,
                        "skipped: it only changes %s%s",
                        shown,
                        more == 0 ? "" : " and " + more + (more == 1 ? " more file" : " more files"))));
    }
}
