package dev.hearth.core.trigger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A webhook delivery that was proven to come from the forge. It says that something may have changed, or
 * that a button was pressed, and nothing else: what has changed is read from the repository.
 *
 * @param event as the forge names it
 * @param id identifier of the delivery; null if the forge sends none
 * @param press the button that it tells of; null if it does not
 */
public record Delivery(
        String namespace,
        String pipeline,
        String event,
        @Nullable String id,
        Instant at,
        @Nullable ButtonPress press) {}
