package dev.hearth.controller.support;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The only way a status is written: nothing if it is unchanged, by server-side apply if it is not.
 *
 * <p>The SDK's filter of own events drops every event up to the version of its own write. A change of the spec that came
 * between our read and our write would be lost with it, so a write that comes back with another generation than the one
 * that was looked at asks for another look at once.
 */
public final class StatusWriter {
    private StatusWriter() {}

    /**
     * Writes a status if it is another.
     *
     * @param lookAgain when to look again if nothing happens before; a spec that changed meanwhile makes it at once
     */
    public static <S, P extends CustomResource<?, S>> UpdateControl<P> write(
            P primary, S status, Supplier<P> empty, Context<P> context, Optional<Duration> lookAgain) {
        var control = UpdateControl.<P>noUpdate();
        lookAgain.ifPresent(control::rescheduleAfter);
        if (Objects.equals(primary.getStatus(), status)) {
            return control;
        }
        var intent = empty.get();
        intent.setMetadata(new ObjectMetaBuilder()
                .withNamespace(primary.getMetadata().getNamespace())
                .withName(primary.getMetadata().getName())
                .build());
        intent.setStatus(status);
        var written = context.resourceOperations().serverSideApplyPrimaryStatus(intent);
        var looked = primary.getMetadata().getGeneration();
        return Objects.equals(written.getMetadata().getGeneration(), looked) ? control : control.reschedule();
    }
}
