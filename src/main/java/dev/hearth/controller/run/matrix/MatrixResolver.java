package dev.hearth.controller.run.matrix;

import dev.hearth.api.MatrixFile;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.NameTaken;
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

/** Reads the legs of a task from the log of the pod that prints their file. */
@ApplicationScoped
public class MatrixResolver {
    /** Bytes of a list of tests; a list of legs is smaller. */
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

    /** What is known of a list whose pod has ended well. */
    public Observation read(RunContext view, Step.MatrixReader listing, String pod, Observation.Done done) {
        var answer = reads.ask(view.run(), listing.name(), pod, RETRY, () -> legs(view, listing, pod));
        if (answer.isEmpty()) {
            return reading(done);
        }
        return switch (answer.get()) {
            case Result.Value<List<Map<String, String>>>(var legs) -> new Observation.Listed(done.at(), legs);
            case Result.Failure<List<Map<String, String>>>(MatrixFileReader.Invalid cause) ->
                broken(done, listing, String.valueOf(cause.getMessage()));
            case Result.Failure<List<Map<String, String>>>(NameTaken cause) ->
                failed(done, cause.finding(), Failure.Setup);
            case Result.Failure<List<Map<String, String>>>(RuntimeException cause) ->
                new Observation.Reading(
                        done.since(),
                        clock.instant().plus(RETRY),
                        "its legs cannot be kept yet: "
                                + ApiRejection.finding(cause).message());
            case Result.Failure<List<Map<String, String>>>(Exception cause) ->
                new Observation.Reading(
                        done.since(),
                        clock.instant().plus(RETRY),
                        "its list cannot be read yet: " + cause.getMessage());
        };
    }

    private List<Map<String, String>> legs(RunContext view, Step.MatrixReader listing, String pod)
            throws MatrixFileReader.Invalid, IOException {
        var text = text(view, pod);
        var matrix = listing.spec().matrix();
        var legs = matrix == null ? shards.legs(view, listing, text) : MatrixFileReader.read(text);
        var from = matrix == null ? null : matrix.from();
        if (legs.isEmpty() && from != null && from.ifEmpty() == MatrixFile.IfEmpty.Fail) {
            throw new MatrixFileReader.Invalid("it lists no legs: where that is fine, say ifEmpty: Pass");
        }
        return legs;
    }

    private String text(RunContext view, String pod) throws MatrixFileReader.Invalid, IOException {
        try (var log = logs.open(view.namespace(), pod, MatrixReaderPod.CONTAINER)) {
            var text = log.readNBytes(LARGEST + 1);
            if (text.length > LARGEST) {
                throw new MatrixFileReader.Invalid("it has more than " + LARGEST / 1024 + " KiB");
            }
            return new String(text, StandardCharsets.UTF_8);
        }
    }

    private Observation reading(Observation.Done done) {
        return new Observation.Reading(done.since(), clock.instant().plus(RETRY));
    }

    private static Observation broken(Observation.Done done, Step.MatrixReader listing, String what) {
        return failed(
                done,
                new StatusReason(
                        Reason.ListFileInvalid,
                        "file " + listing.file() + " of artifact " + listing.artifact() + ": " + what),
                Failure.Command);
    }

    private static Observation failed(Observation.Done done, StatusReason why, Failure whose) {
        return new Observation.Broken(
                Optional.of(done.since()), done.at(), Optional.empty(), why, whose, StepOutputs.NOTHING);
    }
}
