package dev.hearth.cluster;

import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Text;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import org.jboss.logging.Logger;

/** Records events of objects, which {@code kubectl describe} shows. An event that cannot be written is only logged. */
@ApplicationScoped
public class EventRecorder {
    private static final Logger LOG = Logger.getLogger(EventRecorder.class);
    private static final int LONGEST_NOTE = 1000;

    private final KubernetesClient client;
    private final Clock clock;

    public EventRecorder(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    public void normal(HasMetadata about, StatusReason what) {
        record(about, "Normal", what);
    }

    public void warning(HasMetadata about, StatusReason what) {
        record(about, "Warning", what);
    }

    private void record(HasMetadata about, String type, StatusReason what) {
        var now = clock.instant().toString();
        var namespace = about.getMetadata().getNamespace() == null
                ? "default" // the namespace for events of cluster-scoped objects
                : about.getMetadata().getNamespace();
        var event = new EventBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withGenerateName(about.getMetadata().getName() + ".")
                .endMetadata()
                .withType(type)
                .withReason(what.reason().name())
                .withMessage(Text.abbreviate(what.message(), LONGEST_NOTE))
                .withInvolvedObject(new ObjectReferenceBuilder()
                        .withApiVersion(about.getApiVersion())
                        .withKind(about.getKind())
                        .withNamespace(about.getMetadata().getNamespace())
                        .withName(about.getMetadata().getName())
                        .withUid(about.getMetadata().getUid())
                        .build())
                .withNewSource()
                .withComponent("hearth")
                .endSource()
                .withFirstTimestamp(now)
                .withLastTimestamp(now)
                .withCount(1)
                .build();
        try {
            client.v1().events().inNamespace(namespace).resource(event).create();
        } catch (KubernetesClientException e) {
            LOG.warnf("event %s was not recorded: %s", what.reason(), e.getMessage());
        }
    }
}
