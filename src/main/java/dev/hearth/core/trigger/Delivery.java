package dev.hearth.core.trigger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A webhook delivery that was proven to come from the forge. It says that something may have changed and nothing else: what
 * has changed is read from the repository.
 *
 * @param event as the forge names it
 * @param id identifier of the delivery; null if the forge sends none
 */
public record Delivery(
        String namespace,
        String pipeline,
        String event,
        @Nullable String id,
        Instant at) {}
