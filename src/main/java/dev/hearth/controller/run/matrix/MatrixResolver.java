package dev.hearth.controller.run.matrix;

import dev.hearth.api.MatrixFile;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.NameConflictException;
import dev.hearth.cluster.PodLogs;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.core.plan.Step;
import dev.hearth.core.run.Observation;
import dev.hearth.core.run.StepOutputs;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.task.MatrixReaderPod;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Resolves the matrix cells or shards of a task from the log of the pod that prints their list file. */
@ApplicationScoped
public class MatrixResolver {
    /** The largest size of a list of tests in bytes. A list of matrix cells is smaller. */
    public static final int LARGEST = 512 << 10;

    private static final Duration RETRY = Duration.ofSeconds(2);

    private final PodLogs logs;
    private final ShardResolver shards;
    private final Clock clock;
    private final BackgroundWork<PipelineRun, List<Map<String, String>>> reads;

    public MatrixResolver(PodLogs logs, ShardResolver shards, Clock clock) {
        this.logs = logs;
        this.shards = shards;
        this.clock = clock;
        this.reads = new BackgroundWork<>("lists", clock);
    }

    public BackgroundWork<PipelineRun, List<Map<String, String>>> background() {
        return reads;
    }

    /** Returns the cells that a successful pod has printed, or that they are still being read. */
    public Observation read(RunContext run, Step.MatrixReader reader, String pod, Observation.Done done) {
        var answer = reads.ask(run.resource(), reader.name(), pod, RETRY, () -> cells(run, reader, pod));
        if (answer.isEmpty()) {
            return reading(done);
        }
        return switch (answer.get()) {
            case Result.Value<List<Map<String, String>>>(var cells) -> new Observation.Listed(done.at(), cells);
            case Result.Failure<List<Map<String, String>>>(MatrixFileReader.Invalid cause) ->
                broken(done, reader, String.valueOf(cause.getMessage()));
            case Result.Failure<List<Map<String, String>>>(PodLogs.UnreadableLog _) ->
                broken(done, reader, "the node no longer has the log that contains it: start the run again");
            case Result.Failure<List<Map<String, String>>>(NameConflictException cause) ->
                failed(done, cause.statusReason(), Failure.Setup);
            case Result.Failure<List<Map<String, String>>>(RuntimeException cause) ->
                new Observation.Reading(
                        done.since(),
                        clock.instant().plus(RETRY),
                        "the lists of the shards cannot be stored yet: "
                                + ApiRejection.statusReason(cause).message());
            case Result.Failure<List<Map<String, String>>>(Exception cause) ->
                new Observation.Reading(
                        done.since(),
                        clock.instant().plus(RETRY),
                        "the list file cannot be read yet: " + cause.getMessage());
        };
    }

    private List<Map<String, String>> cells(RunContext run, Step.MatrixReader reader, String pod)
            throws MatrixFileReader.Invalid, IOException {
        var text = text(run, pod);
        var matrix = reader.spec().matrix();
        var cells = matrix == null ? shards.cells(run, reader, text) : MatrixFileReader.read(text);
        var from = matrix == null ? null : matrix.from();
        if (cells.isEmpty() && from != null && from.ifEmpty() == MatrixFile.IfEmpty.Fail) {
            throw new MatrixFileReader.Invalid("it lists no matrix cells: if that is intended, set ifEmpty: Pass");
        }
        return cells;
    }

    private String text(RunContext run, String pod) throws MatrixFileReader.Invalid, IOException {
        try (var log = logs.open(run.namespace(), pod, MatrixReaderPod.CONTAINER)) {
            var text = log.readNBytes(LARGEST + 1);
            if (text.length > LARGEST) {
                throw new MatrixFileReader.Invalid("it is larger than " + LARGEST / 1024 + " KiB");
            }
            return new String(text, StandardCharsets.UTF_8);
        }
    }

    private Observation reading(Observation.Done done) {
        return new Observation.Reading(done.since(), clock.instant().plus(RETRY));
    }

    private static Observation broken(Observation.Done done, Step.MatrixReader reader, String problem) {
        return failed(
                done,
                new StatusReason(
                        Reason.ListFileInvalid,
                        "file " + reader.file() + " of artifact " + reader.artifact() + ": " + problem),
                Failure.Command);
    }

    private static Observation failed(Observation.Done done, StatusReason why, Failure fault) {
        return new Observation.Broken(
                Optional.of(done.since()), done.at(), Optional.empty(), why, fault, StepOutputs.NOTHING);
    }
}
