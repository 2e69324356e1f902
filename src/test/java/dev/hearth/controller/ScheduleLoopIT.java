package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.ScheduleStatus;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A pipeline that runs at times as well. */
class ScheduleLoopIT {
    private static final String TASK = "tasks: [{name: unit, image: busybox, command: [\"true\"]}]\n";

    @Test
    void timeThatWasMissedForMinutesHasOneRunOfTheDefaultBranch() {
        try (var place = ScriptedNamespace.open("schedule")) {
            var missed = Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofMinutes(5));
            var minute = missed.atZone(ZoneOffset.UTC).getMinute();
            var pipeline = place.pipeline("""
                    triggers:
                      poll: 5s
                      schedules: [{name: hourly, cron: "%1$d * * * *"}, {name: odd, cron: "%1$d * * * *", branch: "a b"}]
                    """.formatted(minute) + TASK);
            var schedule = schedule(place, pipeline);
            assertThat(schedule.lastRun())
                    .as("a new schedule waits for its next time")
                    .isNull();
            assertThat(schedule.next())
                    .isEqualTo(missed.plus(Duration.ofHours(1)).toString());

            // When: nobody carried it out for some time
            place.client()
                    .resource(pipeline)
                    .subresource("status")
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"status\": {\"schedules\": [{\"name\": \"odd\", \"until\": \"%1$s\"}, {\"name\": \"hourly\", \"until\": \"%1$s\"}]}}"
                                    .formatted(missed.minus(Duration.ofMinutes(1))));

            var run = place.work()
                    .until(
                            "the run of the schedule",
                            () -> place.work().runs().stream()
                                    .filter(it -> it.getStatus() != null
                                            && it.getStatus().finishedAt() != null)
                                    .findFirst());
            assertThat(run.getStatus().commit()).isEqualTo(place.commit());
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(run.getSpec().ref()).isEqualTo(ScriptedNamespace.MAIN);
            place.work()
                    .until(
                            "the state of the schedule",
                            () -> Optional.of(schedule(place, pipeline))
                                    .filter(it -> missed.toString().equals(it.until())
                                            && run.getMetadata().getName().equals(it.lastRun())));
            var degraded = place.work()
                    .until(
                            "condition Degraded",
                            () -> TestNamespace.condition(
                                    place.client().resource(pipeline).get(), "Degraded"));
            assertThat(degraded.message()).startsWith("spec.triggers.schedules[odd]: its run cannot be created: ");
            place.settled();
            assertThat(place.work().runs()).hasSize(1);
        }
    }

    @Test
    void scheduleThatCannotBeReadIsNamedAndStopsNothingElse() {
        try (var place = ScriptedNamespace.open("cron")) {
            var pipeline = place.pipeline("""
                    triggers: {branches: [main], schedules: [{name: nightly, cron: "61 3 * * *"}]}
                    """ + TASK);
            place.work().finishedRunOf(place.commit());
            var degraded = place.work()
                    .until(
                            "condition Degraded",
                            () -> TestNamespace.condition(
                                    place.client().resource(pipeline).get(), "Degraded"));
            assertThat(degraded.reason()).isEqualTo("InvalidSchedule");
            assertThat(degraded.message()).startsWith("spec.triggers.schedules[nightly].cron cannot be read");
        }
    }

    private static ScheduleStatus schedule(ScriptedNamespace place, Pipeline pipeline) {
        return place.work()
                .until(
                        "the state of the schedule",
                        () -> Optional.ofNullable(
                                        place.client().resource(pipeline).get().getStatus())
                                .flatMap(status -> status.schedules().stream()
                                        .filter(it -> it.name().equals("hourly"))
                                        .findFirst()));
    }
}
