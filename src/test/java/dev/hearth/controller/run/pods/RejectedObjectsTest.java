package dev.hearth.controller.run.pods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.config.TestConfig;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.run.context.RunContextFixture;
import dev.hearth.core.Specs;
import dev.hearth.core.run.Observation;
import dev.hearth.core.status.StatusReason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RejectedObjectsTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final StatusReason WHY =
            new StatusReason(Reason.SecretNotAllowed, "the Secret does not name the pipeline");
    private static final String POD = "hearth-hello-1-task-unit";

    private final RejectedObjects rejected = new RejectedObjects(
            TestConfig.of(Map.of("imagePullPatience", Duration.ofMinutes(1))), Clock.fixed(NOW, ZoneOffset.UTC));

    @Test
    void stepWaitsForTheNextAttemptAndFailsAfterItsLimit() {
        var run = run("uid-1");
        rejected.add(run, POD, WHY);

        assertThat(rejected.why(run, POD)).hasValue(WHY);
        assertThat(rejected.observe(run, POD, NOW.plusSeconds(1)))
                .hasValue(new Observation.Waiting(
                        WHY.reason(),
                        WHY.message(),
                        Optional.of(NOW.plus(RejectedObjects.RETRY).plusMillis(1)),
                        Failure.Setup));
        assertThat(rejected.observe(run, POD, NOW.plus(RejectedObjects.RETRY))).isEmpty();
        assertThat(rejected.observe(run, POD, NOW.plusSeconds(60)))
                .hasValue(new Observation.Waiting(
                        WHY.reason(), WHY.message(), Optional.of(NOW.plusSeconds(60)), Failure.Setup));
    }

    @Test
    void forgetsAnAcceptedObject() {
        var run = run("uid-1");
        rejected.add(run, POD, WHY);

        rejected.forget(run, POD);

        assertThat(rejected.why(run, POD)).isEmpty();
        assertThat(rejected.observe(run, POD, NOW)).isEmpty();
    }

    @Test
    void forgetsAFinishedRun() {
        var finished = run("uid-1");
        var other = run("uid-2");
        rejected.add(finished, POD, WHY);
        rejected.add(other, POD, WHY);

        rejected.forget(finished.resource());

        assertThat(rejected.why(finished, POD)).isEmpty();
        assertThat(rejected.why(other, POD)).hasValue(WHY);
    }

    @Test
    void laterRunOfTheSameNameStartsAnew() {
        rejected.add(run("uid-1"), POD, WHY);

        assertThat(rejected.observe(run("uid-2"), POD, NOW.plusSeconds(60))).isEmpty();
    }

    private static RunContext run(String uid) {
        return RunContextFixture.of(uid, Specs.pipeline(List.of(), List.of(Specs.task("unit", List.of(), List.of()))));
    }
}
