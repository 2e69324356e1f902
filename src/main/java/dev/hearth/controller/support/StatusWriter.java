package dev.hearth.controller.support;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Writes the statuses of all resources, by server-side apply, and only if they have changed.
 *
 * <p>The SDK drops events up to the version of its own write, and with them the event of a spec that changed between
 * the read and the write. So if the written resource has another generation than the one that was read, it is
 * reconciled again at once.
 */
public final class StatusWriter {
    private static final Logger LOG = Logger.getLogger(StatusWriter.class);

    private StatusWriter() {}

    /** Writes a status if it has changed. Only events cause the next reconciliation. */
    public static <S, P extends CustomResource<?, S>> UpdateControl<P> write(
            P primary, S status, Supplier<P> empty, Context<P> context) {
        return write(primary, status, empty, context, null);
    }

    /**
     * Writes a status if it has changed.
     *
     * @param nextCheck time until the next reconciliation if no event comes before; null if only events cause one
     */
    public static <S, P extends CustomResource<?, S>> UpdateControl<P> write(
            P primary, S status, Supplier<P> empty, Context<P> context, @Nullable Duration nextCheck) {
        var control = UpdateControl.<P>noUpdate();
        if (nextCheck != null) {
            control.rescheduleAfter(nextCheck);
        }
        if (Objects.equals(primary.getStatus(), status)) {
            return control;
        }
        LOG.debugf("%s: writes its status", ResourceName.of(primary));
        var intent = empty.get();
        intent.setMetadata(new ObjectMetaBuilder()
                .withNamespace(primary.getMetadata().getNamespace())
                .withName(primary.getMetadata().getName())
                .build());
        intent.setStatus(status);
        var written = context.resourceOperations().serverSideApplyPrimaryStatus(intent);
        var read = primary.getMetadata().getGeneration();
        return Objects.equals(written.getMetadata().getGeneration(), read) ? control : control.reschedule();
    }
}
