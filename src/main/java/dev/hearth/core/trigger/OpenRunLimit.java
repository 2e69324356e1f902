package dev.hearth.core.trigger;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.status.StatusReason;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;

/**
 * Limits the unfinished runs of a pipeline, so that a repository with a hundred thousand tags does not create a hundred
 * thousand runs. Pull requests have a limit of their own, so that they do not block branches and tags. Runs that wait for an
 * approval, or as skipped for their pull request, take the place of others only if there are very many of them.
 */
public final class OpenRunLimit {
    private static final int MAX = 250;

    /** Runs that wait for people. Further ones count as others do, so that strangers cannot make runs without limit. */
    private static final int MAX_ASIDE = 750;

    private final Map<RefGroup, Long> open;

    private OpenRunLimit(Map<RefGroup, Long> open) {
        this.open = open;
    }

    /** Returns the limit for a pipeline with the given unfinished runs. */
    public static OpenRunLimit of(Collection<PipelineRun> unfinished) {
        var open = new EnumMap<RefGroup, Long>(RefGroup.class);
        var aside = new EnumMap<RefGroup, Long>(RefGroup.class);
        unfinished.forEach(run -> (isAside(run) ? aside : open)
                .merge(RefGroup.of(GitRef.of(run.getSpec().ref())), 1L, Long::sum));
        aside.forEach((group, count) -> open.merge(group, Math.max(0, count - MAX_ASIDE), Long::sum));
        return new OpenRunLimit(open);
    }

    private static boolean isAside(PipelineRun run) {
        var status = run.getStatus();
        return status != null
                && (SkipRules.isWaiting(status)
                        || (status.approval() != null && run.getSpec().approval() == null));
    }

    /** Counts one more run. Returns false, and does not count it, if the limit is reached. */
    public boolean tryAdd(RefGroup group) {
        if (open.getOrDefault(group, 0L) >= MAX) {
            return false;
        }
        open.merge(group, 1L, Long::sum);
        return true;
    }

    /** Returns the reason why refs wait. */
    public static StatusReason reached(int waiting) {
        return new StatusReason(
                Reason.TooManyRuns,
                (waiting == 1 ? "1 updated ref is" : waiting + " updated refs are")
                        + " waiting to start a run: the limit is " + MAX
                        + " unfinished runs of branches and tags, and as many of pull requests");
    }
}
