package dev.hearth.controller.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.api.Pipeline;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class BackgroundWorkTest {

    @Test
    void forgetsAnswersAboutDeletedResources() {
        // Given
        var background = new BackgroundWork<Pipeline, String>("test", Clock.systemUTC());
        background.events().setEventHandler(event -> {});
        for (var name : new String[] {"deleted", "existing"}) {
            background.ask(pipeline(name), "refs", "question", Duration.ofHours(1), () -> "answer of " + name);
            await().until(() -> background.known(pipeline(name), "refs").isPresent());
        }

        // When
        background.retain(id -> id.getName().equals("existing"));

        // Then
        assertThat(background.known(pipeline("deleted"), "refs")).isEmpty();
        assertThat(background.known(pipeline("existing"), "refs"))
                .contains(new BackgroundWork.Result.Value<>("answer of existing"));
    }

    @Test
    void errorIsAFailureAndTheQuestionIsAskedAgain() {
        var background = new BackgroundWork<Pipeline, String>("test", Clock.systemUTC());
        background.events().setEventHandler(_ -> {});
        background.ask(pipeline("p"), "refs", "question", Duration.ZERO, () -> {
            throw new StackOverflowError("too deep");
        });

        await().until(() -> background.known(pipeline("p"), "refs").isPresent());
        assertThat(background.known(pipeline("p"), "refs").orElseThrow())
                .isInstanceOfSatisfying(
                        BackgroundWork.Result.Failure.class,
                        failure -> assertThat(failure.cause()).hasRootCauseMessage("too deep"));

        background.ask(pipeline("p"), "refs", "question", Duration.ZERO, () -> "answer");
        await().until(() -> background
                .known(pipeline("p"), "refs")
                .equals(Optional.of(new BackgroundWork.Result.Value<>("answer"))));
    }

    @Test
    void workEndsWithTheControllerAndNoneBeginsAfterIt() throws InterruptedException {
        var background = new BackgroundWork<Pipeline, String>("test", Clock.systemUTC());
        background.events().setEventHandler(_ -> {});
        background.events().start();
        var begun = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        background.ask(pipeline("p"), "refs", "question", Duration.ofHours(1), () -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
            return "never";
        });
        begun.await();

        background.events().stop();

        assertThat(interrupted.getCount()).isZero();
        assertThat(background.known(pipeline("p"), "refs"))
                .as("that it was interrupted is no answer")
                .isEmpty();
        assertThat(background.ask(pipeline("other"), "refs", "question", Duration.ZERO, () -> {
                    throw new AssertionError("it begins");
                }))
                .isEmpty();
    }

    private static Pipeline pipeline(String name) {
        var pipeline = new Pipeline();
        pipeline.setMetadata(
                new ObjectMetaBuilder().withNamespace("ns").withName(name).build());
        return pipeline;
    }
}
