package dev.hearth.core.trigger;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.SupersededRuns;
import dev.hearth.core.ref.GitRef;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Finds runs whose result nobody waits for, since their ref has moved to another commit or was deleted.
 *
 * @param rule which refs it applies to
 */
public record SupersededRunFinder(SupersededRuns rule) {
    private static final int SHORT = 12;
    private static final String SUPERSEDED = "superseded";

    /** A run to cancel, and why. */
    public record Superseded(PipelineRun run, String why) {}

    /**
     * Returns the superseded runs.
     *
     * @param commits commits of all refs of the repository, by full ref name, read after the runs were created
     * @param runs unfinished runs that Hearth has created. A run that a user has created may be of an old commit on purpose.
     */
    public List<Superseded> find(Map<String, String> commits, Collection<PipelineRun> runs) {
        return runs.stream()
                .filter(run ->
                        applies(run) && !run.getSpec().cancel() && run.getSpec().commit() != null)
                .filter(run -> !Objects.equals(
                        run.getSpec().commit(), commits.get(run.getSpec().ref())))
                .map(run -> new Superseded(run, why(run.getSpec().ref(), commits)))
                .toList();
    }

    /** Whether a run was cancelled because its ref had moved on. If the ref comes back, the commit needs another run. */
    public static boolean isSuperseded(PipelineRunSpec run) {
        return run.cancel() && run.cancelReason() != null && run.cancelReason().startsWith(SUPERSEDED);
    }

    private boolean applies(PipelineRun run) {
        return switch (rule) {
            case All -> true;
            case PullRequests ->
                switch (GitRef.of(run.getSpec().ref()).kind()) {
                    case PULL_REQUEST, MERGE_GROUP -> true;
                    case BRANCH, TAG, OTHER -> false;
                };
            case None -> false;
        };
    }

    private static String why(String ref, Map<String, String> commits) {
        var commit = commits.get(ref);
        return commit == null
                ? SUPERSEDED + ", since the ref no longer exists"
                : SUPERSEDED + " by commit " + commit.substring(0, Math.min(SHORT, commit.length()));
    }
}
