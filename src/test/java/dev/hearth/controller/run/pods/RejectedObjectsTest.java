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

    private final RejectedObjects refused = new RejectedObjects(
            TestConfig.of(Map.of("imagePullPatience", Duration.ofMinutes(1))), Clock.fixed(NOW, ZoneOffset.UTC));

    @Test
    void stepWaitsForTheNextTryAndFailsOnceItsPatienceIsOver() {
        var run = run("uid-1");
        refused.add(run, POD, WHY);

        assertThat(refused.why(run, POD)).hasValue(WHY);
        assertThat(refused.observe(run, POD, NOW.plusSeconds(1)))
                .hasValue(new Observation.Waiting(
                        WHY.reason(),
                        WHY.message(),
                        Optional.of(NOW.plus(RejectedObjects.RETRY).plusMillis(1)),
                        Failure.Setup));
        assertThat(refused.observe(run, POD, NOW.plus(RejectedObjects.RETRY))).isEmpty();
        assertThat(refused.observe(run, POD, NOW.plusSeconds(60)))
                .hasValue(new Observation.Waiting(
                        WHY.reason(), WHY.message(), Optional.of(NOW.plusSeconds(60)), Failure.Setup));
    }

    @Test
    void whatWasTakenIsRefusedNoLonger() {
        var run = run("uid-1");
        refused.add(run, POD, WHY);

        refused.forget(run, POD);

        assertThat(refused.why(run, POD)).isEmpty();
        assertThat(refused.observe(run, POD, NOW)).isEmpty();
    }

    @Test
    void nothingIsKeptOfARunThatIsOver() {
        var over = run("uid-1");
        var other = run("uid-2");
        refused.add(over, POD, WHY);
        refused.add(other, POD, WHY);

        refused.forget(over.resource());

        assertThat(refused.why(over, POD)).isEmpty();
        assertThat(refused.why(other, POD)).hasValue(WHY);
    }

    @Test
    void runThatIsMadeAgainUnderItsNameHasAllItsPatience() {
        refused.add(run("uid-1"), POD, WHY);

        assertThat(refused.observe(run("uid-2"), POD, NOW.plusSeconds(60))).isEmpty();
    }

    private static RunContext run(String uid) {
        return RunContextFixture.of(uid, Specs.pipeline(List.of(), List.of(Specs.task("unit", List.of(), List.of()))));
    }
}
