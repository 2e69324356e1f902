package dev.hearth.core.forge;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.core.approval.CommentCommand;
import dev.hearth.core.ref.GitRef;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** Decides for which runs commands in comments are. */
public final class CommentTargets {
    /** Annotation of a run: the number of the last comment whose command was carried out for it. */
    public static final String COMMENT = "hearth.dev/comment";

    /** Pull requests whose comments are read at one look: the newest runs, and others in turn. */
    private static final int NEWEST = 5;

    private static final int IN_TURN = 5;

    /** Commands for a run that has ended longer ago are not expected. */
    private static final Duration OLDEST = Duration.ofDays(1);

    /** A comment may be older than the run that it approves, if that was created late. */
    private static final Duration BEFORE = Duration.ofHours(1);

    private CommentTargets() {}

    /**
     * Returns the runs whose comments are read at one look, one of each pull request: the newest of its present commit.
     *
     * @param commits commits of the refs of the repository, by full ref name
     * @param looks how many looks there were before
     */
    public static List<PipelineRun> of(
            Collection<PipelineRun> known, Map<String, String> commits, int looks, Instant now) {
        var current = known.stream()
                .filter(run -> GitRef.of(run.getSpec().ref()).number().isPresent()
                        && CommandedRuns.commit(run)
                                .filter(commit ->
                                        commit.equals(commits.get(run.getSpec().ref())))
                                .isPresent());
        var all = CommandedRuns.newestOfEachRef(current).stream()
                .filter(run -> awaitsCommand(run, now))
                .toList();
        return inTurn(all, looks);
    }

    private static List<PipelineRun> inTurn(List<PipelineRun> all, int looks) {
        if (all.size() <= NEWEST + IN_TURN) {
            return all;
        }
        var others = all.subList(NEWEST, all.size());
        var first = Math.floorMod(looks * IN_TURN, others.size());
        return Stream.of(
                        all.subList(0, NEWEST).stream(),
                        others.stream().skip(first),
                        others.stream().limit(first))
                .flatMap(Function.identity())
                .limit(NEWEST + IN_TURN)
                .toList();
    }

    private static boolean awaitsCommand(PipelineRun run, Instant now) {
        var status = CommandedRuns.status(run);
        return status.finishedAt() == null
                || (status.phase() != Phase.Succeeded
                        && Instant.parse(status.finishedAt()).isAfter(now.minus(OLDEST)));
    }

    /** Returns since when comments can have a command for a run. */
    public static Instant since(PipelineRun run) {
        return run.createdAt().minus(BEFORE);
    }

    /** Returns whether a command applies to a run. {@code at} is when the comment was made. */
    public static boolean applies(CommentCommand command, PipelineRun run, Instant at) {
        var status = CommandedRuns.status(run);
        return switch (command) {
            case CommentCommand.Approve(String approved) ->
                status.approval() != null
                        && run.getSpec().approval() == null
                        && approved.equals(run.getSpec().commit());
            case CommentCommand.Retest() -> status.finishedAt() != null && !at.isBefore(run.createdAt());
            case CommentCommand.Cancel() ->
                status.finishedAt() == null && !run.getSpec().cancel() && !at.isBefore(run.createdAt());
        };
    }
}
