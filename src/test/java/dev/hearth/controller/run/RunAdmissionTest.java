package dev.hearth.controller.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.core.run.RunQueue.Limits;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Turns of runs whose decisions no watch shows yet. Two runs may be active at a time. */
class RunAdmissionTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:10:00Z");

    private final RunAdmission admission =
            new RunAdmission(new Limits(2, 2, 2, 2), new CacheIndex(), Clock.fixed(NOW, ZoneOffset.UTC));
    private final List<PipelineRun> runs =
            IntStream.range(0, 5).mapToObj(RunAdmissionTest::run).toList();
    private final List<String> triggered = new ArrayList<>();

    @BeforeEach
    void listen() {
        admission
                .events()
                .setEventHandler(event ->
                        triggered.add(event.getRelatedCustomResourceID().getName()));
        admission.events().start();
    }

    @Test
    void runThatIsAdmittedTakesASlotBeforeTheWatchShowsIt() {
        assertThat(wait(0)).isEmpty();
        assertThat(wait(1)).isEmpty();
        assertThat(wait(2)).isPresent();
    }

    @Test
    void runThatFinishesTriggersTheNextOne() {
        IntStream.range(0, 4).forEach(this::wait);
        triggered.clear();

        admission.finish(runs.getFirst(), () -> runs);

        assertThat(triggered).contains("run-2");
        assertThat(wait(2)).isEmpty();
    }

    @Test
    void runThatStandsAsideTakesNoTurnAndFreesItsSlot() {
        wait(0);
        wait(1);
        wait(2);
        triggered.clear();

        admission.standAside(runs.getFirst(), () -> runs);

        assertThat(triggered).containsExactly("run-2");
        assertThat(wait(2)).isEmpty();
    }

    @Test
    void runThatStandsAsideAgainTriggersNothing() {
        wait(0);
        wait(1);
        wait(2);
        admission.standAside(runs.getFirst(), () -> runs);
        triggered.clear();

        admission.standAside(runs.getFirst(), () -> runs);

        assertThat(triggered).isEmpty();
    }

    @Test
    void runThatStoodAsideWaitsLikeOthersWhenItMayStart() {
        admission.standAside(runs.getFirst(), () -> runs);
        assertThat(wait(1)).isEmpty();
        assertThat(wait(2)).isEmpty();

        assertThat(wait(0)).isPresent();
    }

    /** Its status would show an old place until it starts. */
    @Test
    void runWhosePlaceHasChangedIsTriggered() {
        IntStream.range(0, 5).forEach(this::wait);
        assertThat(message(3)).endsWith("at most 2 waiting runs of the namespace come before it");
        triggered.clear();

        admission.finish(runs.get(2), () -> runs);

        assertThat(triggered).containsExactly("run-3");
        assertThat(message(3)).endsWith("no waiting run of the namespace comes before it");
        assertThat(message(4)).endsWith("at most 2 waiting runs of the namespace come before it");
    }

    private String message(int run) {
        return wait(run).orElseThrow().message();
    }

    private Optional<StatusReason> wait(int run) {
        return admission.wait(runs.get(run), () -> runs);
    }

    private static PipelineRun run(int at) {
        var run = new PipelineRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withNamespace("ns")
                .withName("run-" + at)
                .withUid("uid-" + at)
                .withCreationTimestamp("2026-06-01T00:00:0" + at + "Z")
                .build());
        run.setSpec(PipelineRunSpec.of("app", "refs/heads/main", "1".repeat(40)));
        return run;
    }
}
