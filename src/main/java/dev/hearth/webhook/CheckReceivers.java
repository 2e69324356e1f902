package dev.hearth.webhook;

import dev.hearth.api.ForgeSpec;
import dev.hearth.api.Pipeline;
import dev.hearth.controller.access.AllowedSecrets;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.core.trigger.ButtonPress;
import dev.hearth.core.trigger.ButtonPress.Button;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the pipelines for which an event of a check run is. An App has one webhook, whose address is that of one pipeline. Its
 * proof is as good for the others of the namespace that name the same Secret and may use it.
 */
@ApplicationScoped
class CheckReceivers {
    private static final int MOST = 50;

    private final CacheIndex index;
    private final AllowedSecrets secrets;

    CheckReceivers(CacheIndex index, AllowedSecrets secrets) {
        this.index = index;
        this.secrets = secrets;
    }

    /** A pipeline, and the button that somebody has pressed at its check run; null if it is another event. */
    record Receiver(Pipeline pipeline, @Nullable ButtonPress press) {}

    /**
     * Returns the pipelines to which an event tells something.
     *
     * @param addressed the pipeline whose address the event came to
     * @param body content, proven by the Secret of that pipeline
     */
    List<Receiver> of(Pipeline addressed, String event, byte[] body) throws IOException {
        var namespace = addressed.getMetadata().getNamespace();
        var webhook = forge(addressed).map(ForgeSpec::webhook).orElse(null);
        var receivers = new ArrayList<Receiver>();
        for (Pipeline pipeline : index.pipelines()
                .filter(it -> it.getMetadata().getNamespace().equals(namespace)
                        && Objects.equals(
                                webhook, forge(it).map(ForgeSpec::webhook).orElse(null)))
                .toList()) {
            if (receivers.size() == MOST) {
                break; // the check of each Secret is a request
            }
            var read = read(pipeline, event, body);
            if (read.filter(CheckEvent::isUseful).isPresent() && mayUse(pipeline)) {
                receivers.add(new Receiver(pipeline, read.get().press()));
            }
        }
        return receivers;
    }

    private static Optional<CheckEvent> read(Pipeline pipeline, String event, byte[] body) throws IOException {
        var forge = pipeline.getSpec().forge();
        var app = forge == null ? null : forge.app();
        if (forge == null || app == null) {
            return Optional.empty();
        }
        var address = ForgeAddress.of(forge, pipeline.getSpec().source());
        return address.isEmpty()
                ? Optional.empty()
                : Optional.of(CheckEvent.read(
                        event,
                        body,
                        app,
                        address.get().repository(),
                        (button, name) -> isFor(pipeline.getMetadata().getName(), forge, button, name)));
    }

    /** Check runs of steps have no button that approves. */
    private static boolean isFor(String pipeline, ForgeSpec forge, Button button, String name) {
        return switch (button) {
            case Approve -> name.equals(forge.statusName(pipeline));
            case RunAgain, RunAllAgain -> forge.isStatusOf(pipeline, name);
        };
    }

    private boolean mayUse(Pipeline pipeline) {
        var meta = pipeline.getMetadata();
        return forge(pipeline)
                .flatMap(SecretUse::ofWebhook)
                .filter(use -> secrets.refusal(meta.getNamespace(), meta.getName(), use)
                        .isEmpty())
                .isPresent();
    }

    private static Optional<ForgeSpec> forge(Pipeline pipeline) {
        return Optional.ofNullable(pipeline.getSpec().forge());
    }
}
