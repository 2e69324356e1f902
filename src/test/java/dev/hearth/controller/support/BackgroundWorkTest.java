package dev.hearth.controller.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.api.Pipeline;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is remembered of questions that were answered. */
class BackgroundWorkTest {

    @Test
    void forgetsWhatIsGone() {
        // Given
        var background = new BackgroundWork<Pipeline, String>("test", Clock.systemUTC());
        background.events().setEventHandler(event -> {});
        for (var name : new String[] {"gone", "there"}) {
            background.ask(pipeline(name), "refs", "question", Duration.ofHours(1), () -> "answer of " + name);
            await().until(() -> background.known(pipeline(name), "refs").isPresent());
        }

        // When
        background.retain(id -> id.getName().equals("there"));

        // Then
        assertThat(background.known(pipeline("gone"), "refs")).isEmpty();
        assertThat(background.known(pipeline("there"), "refs"))
                .contains(new BackgroundWork.Result.Value<>("answer of there"));
    }

    private static Pipeline pipeline(String name) {
        var pipeline = new Pipeline();
        pipeline.setMetadata(
                new ObjectMetaBuilder().withNamespace("ns").withName(name).build());
        return pipeline;
    }
}
