package dev.hearth.core.forge;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.core.forge.CommitStatus.State;
import dev.hearth.core.trigger.ButtonPress;
import dev.hearth.core.trigger.ButtonPress.Button;
import dev.hearth.core.trigger.SupersededRunFinder;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Decides for which runs the press of a button is. */
public final class ButtonTargets {
    /** Refs of which a commit is run again. */
    private static final int MOST_REFS = 10;

    private ButtonTargets() {}

    /**
     * Returns the newest run of each ref at the commit, if it waits for this, and once for each press. A ref that no longer has
     * the commit is not run again, least of all with Secrets.
     *
     * @param commits commits of the refs of the repository, by full ref name; null if they are not known
     */
    public static List<PipelineRun> of(
            ButtonPress press, Collection<PipelineRun> known, @Nullable Map<String, String> commits) {
        var ofCommit = known.stream()
                .filter(run ->
                        CommandedRuns.commit(run).filter(press.commit()::equals).isPresent())
                .toList();
        var annotation = press.button().annotation();
        if (ofCommit.stream().anyMatch(run -> CommandedRuns.noted(run, annotation) >= press.number())) {
            return List.of();
        }
        return CommandedRuns.newestOfEachRef(ofCommit.stream()).stream()
                .filter(run -> awaits(run, press.button()))
                .filter(run -> !press.button().startsRun()
                        || commits == null
                        || press.commit().equals(commits.get(run.getSpec().ref())))
                .limit(MOST_REFS)
                .toList();
    }

    private static boolean awaits(PipelineRun run, Button button) {
        var status = CommandedRuns.status(run);
        return switch (button) {
            case Approve ->
                RunOutcome.state(status) == State.NeedsApproval
                        && run.getSpec().commit() != null
                        && Optional.ofNullable(run.getSpec().approval())
                                .filter(given -> Objects.equals(given.digest(), digest(status)))
                                .isEmpty();
            case RunAgain, RunAllAgain ->
                status.finishedAt() != null && !SupersededRunFinder.isSuperseded(run.getSpec());
        };
    }

    private static @Nullable String digest(PipelineRunStatus status) {
        return status.approval() == null ? null : status.approval().digest();
    }
}
