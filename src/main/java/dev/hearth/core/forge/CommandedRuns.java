package dev.hearth.core.forge;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds the runs for which comments and buttons are. */
public final class CommandedRuns {
    private static final Comparator<PipelineRun> AGE =
            Comparator.comparing(PipelineRun::createdAt).thenComparing(PipelineRun::name);

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    private CommandedRuns() {}

    /** Returns the newest of the runs of each ref, the newest first. */
    public static List<PipelineRun> newestOfEachRef(Stream<PipelineRun> runs) {
        return runs
                .collect(Collectors.toMap(run -> run.getSpec().ref(), Function.identity(), BinaryOperator.maxBy(AGE)))
                .values()
                .stream()
                .sorted(AGE.reversed())
                .toList();
    }

    /** Returns the commit of a run. Empty if a user has named none, and it is not known yet. */
    public static Optional<String> commit(PipelineRun run) {
        return Optional.ofNullable(run.getStatus())
                .map(PipelineRunStatus::commit)
                .or(() -> Optional.ofNullable(run.getSpec().commit()));
    }

    /** Returns the number that a run has noted in an annotation; 0 if it has none. */
    public static long noted(PipelineRun run, String annotation) {
        return Optional.ofNullable(run.annotations().get(annotation))
                .filter(text -> NUMBER.matcher(text).matches())
                .map(Long::parseLong)
                .orElse(0L);
    }

    /** Returns the status of a run, which may not have one yet. */
    static PipelineRunStatus status(PipelineRun run) {
        return Objects.requireNonNullElse(run.getStatus(), PipelineRunStatus.EMPTY);
    }
}
