package dev.hearth.core.trigger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A webhook delivery that was proven to come from the forge. It says that something may have changed, or
 * that a button was pressed, and nothing else: what has changed is read from the repository.
 *
 * @param event as the forge names it
 * @param id identifier of the delivery; null if the forge sends none
 * @param told the ref that it tells of, to be shown; null if it tells of none
 * @param press the button that it tells of; null if it does not
 */
public record Delivery(
        String namespace,
        String pipeline,
        String event,
        @Nullable String id,
        Instant at,
        @Nullable Told told,
        @Nullable ButtonPress press) {

    /**
     * A ref that a delivery tells of. Nothing starts by it.
     *
     * @param commit of the ref; zeros if it was deleted; null if the delivery does not say
     */
    public record Told(String ref, @Nullable String commit) {
        /** What git writes in place of the commit of a ref that does not exist. */
        public static final String DELETED = "0".repeat(40);
    }
}
