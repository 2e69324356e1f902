package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineStatus;
import dev.hearth.api.Reason;
import dev.hearth.api.RunTrigger;
import dev.hearth.api.ScheduleSpec;
import dev.hearth.api.ScheduleStatus;
import dev.hearth.api.ScheduleStatusBuilder;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.plan.Names;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.trigger.Schedule;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Starts the runs of schedules. The status of the pipeline says until when a schedule has been carried out. A run is created
 * before that is written, under a name that the time decides, so that each time has one run.
 */
@ApplicationScoped
public class ScheduleStarter {
    private static final Logger LOG = Logger.getLogger(ScheduleStarter.class);

    private final PipelineRunClient runs;
    private final Clock clock;

    public ScheduleStarter(PipelineRunClient runs, Clock clock) {
        this.runs = runs;
        this.clock = clock;
    }

    /**
     * The state of the schedules of a pipeline.
     *
     * @param next time until one is due; empty if none is
     * @param problem the first mistake
     */
    record Progress(List<ScheduleStatus> statuses, Optional<Duration> next, Optional<StatusReason> problem) {
        /** Returns what is known if nothing could be done: what the status has. */
        static Progress unchanged(Pipeline pipeline) {
            return new Progress(recorded(pipeline), Optional.empty(), Optional.empty());
        }
    }

    /**
     * Starts what is due. A schedule whose run cannot be created keeps no other back, and is tried again.
     *
     * @param known runs of the pipeline
     * @param defaultBranch full name; null as long as it is not known
     */
    Progress start(Pipeline pipeline, Collection<PipelineRun> known, @Nullable String defaultBranch) {
        var statuses = new ArrayList<ScheduleStatus>();
        var next = new ArrayList<Instant>();
        var problems = new ArrayList<StatusReason>();
        var schedules = pipeline.getSpec().triggers().schedules();
        var now = schedules.isEmpty() ? Instant.MIN : clock.instant().truncatedTo(ChronoUnit.SECONDS);
        for (ScheduleSpec spec : schedules) {
            var before = recorded(pipeline).stream()
                    .filter(it -> it.name().equals(spec.name()))
                    .findFirst()
                    .orElse(null);
            try {
                var schedule = Schedule.of(spec);
                var status = carryOut(pipeline, spec, schedule, before, known, defaultBranch, now);
                statuses.add(status);
                Stream.ofNullable(status.next()).map(Instant::parse).forEach(next::add);
            } catch (Schedule.Invalid e) {
                problems.add(new StatusReason(Reason.InvalidSchedule, String.valueOf(e.getMessage())));
                Stream.ofNullable(before).forEach(statuses::add);
            } catch (KubernetesClientException e) {
                var why = ApiRejection.statusReason(e);
                problems.add(new StatusReason(
                        why.reason(),
                        "spec.triggers.schedules[" + spec.name() + "]: its run cannot be created: " + why.message()));
                Stream.ofNullable(before).forEach(statuses::add);
            }
        }
        return new Progress(
                List.copyOf(statuses),
                next.stream().min(Instant::compareTo).map(at -> Duration.between(now, at)),
                problems.stream().findFirst());
    }

    private ScheduleStatus carryOut(
            Pipeline pipeline,
            ScheduleSpec spec,
            Schedule schedule,
            @Nullable ScheduleStatus before,
            Collection<PipelineRun> known,
            @Nullable String defaultBranch,
            Instant now) {
        // A new schedule starts with its next time.
        var since = before == null ? now : Instant.parse(before.until());
        var due = schedule.due(since, now);
        var branch = spec.branch() == null ? defaultBranch : "refs/heads/" + spec.branch();
        var started = before == null ? null : before.lastRun();
        var until = since;
        if (due.isPresent() && branch != null) {
            until = due.get();
            if (!isRunning(known, started)) {
                started = Names.scheduledRun(pipeline.getMetadata().getName(), spec.name(), until.getEpochSecond());
                LOG.debugf("%s: schedule %s starts %s", ResourceName.of(pipeline), spec.name(), started);
                var run = PipelineRunSpec.of(pipeline.getMetadata().getName(), branch, null)
                        .withTrigger(RunTrigger.Schedule);
                var _ = runs.create(TriggeredRun.of(pipeline, started, run, Map.of()));
            }
        }
        return ScheduleStatusBuilder.builder()
                .name(spec.name())
                .until(until.toString())
                .next(schedule.next(now).map(Instant::toString).orElse(null))
                .lastRun(started)
                .build();
    }

    /** The next time of a schedule is left out while its last run goes on. */
    private static boolean isRunning(Collection<PipelineRun> known, @Nullable String name) {
        return known.stream()
                .filter(run -> run.getMetadata().getName().equals(name))
                .anyMatch(run -> run.getStatus() == null || run.getStatus().finishedAt() == null);
    }

    private static List<ScheduleStatus> recorded(Pipeline pipeline) {
        return Optional.ofNullable(pipeline.getStatus())
                .map(PipelineStatus::schedules)
                .orElse(List.of());
    }
}
