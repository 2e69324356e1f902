package dev.hearth.cluster;

import com.fasterxml.jackson.annotation.JsonIncludeProperties;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.quarkus.kubernetes.client.KubernetesClientObjectMapperCustomizer;
import jakarta.inject.Singleton;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What is read of objects, so that the caches of watches stay small. Of every object, which fields a writer owns is left out;
 * of pods that are watched, whatever no controller reads.
 */
@Singleton
public final class WatchedFields implements KubernetesClientObjectMapperCustomizer {

    @Override
    public void customize(ObjectMapper mapper) {
        mapper.addMixIn(ManagedFieldsEntry.class, WriteTime.class);
    }

    /** For the watches of pods. What is read with it must not be written back, since it lacks most of the pod. */
    public static KubernetesSerialization ofPods() {
        var mapper = new ObjectMapper()
                .addMixIn(ManagedFieldsEntry.class, WriteTime.class)
                .addMixIn(PodSpec.class, Pod.class)
                .addMixIn(Container.class, NamedContainer.class)
                .addMixIn(EnvVar.class, ShortVariable.class)
                .addMixIn(ResourceRequirements.class, Limits.class)
                .addMixIn(Probe.class, Threshold.class)
                .addMixIn(Volume.class, Claim.class)
                .addMixIn(ContainerStatus.class, State.class);
        return new KubernetesSerialization(mapper, true);
    }

    @JsonIncludeProperties("time")
    private interface WriteTime {}

    @JsonIncludeProperties({"nodeName", "initContainers", "containers", "volumes"})
    private interface Pod {}

    @JsonIncludeProperties({"name", "restartPolicy", "env", "resources", "startupProbe"})
    private interface NamedContainer {}

    @JsonIncludeProperties({"name", "value"})
    private interface ShortVariable {
        @JsonDeserialize(using = ShortText.class)
        @SuppressWarnings("UnusedMethod") // Jackson reads the annotation above
        void setValue(String value);
    }

    @JsonIncludeProperties("limits")
    private interface Limits {}

    @JsonIncludeProperties("failureThreshold")
    private interface Threshold {}

    @JsonIncludeProperties({"name", "persistentVolumeClaim"})
    private interface Claim {}

    @JsonIncludeProperties({"name", "state", "lastState", "started", "ready", "restartCount"})
    private interface State {}

    /** Leaves out scripts, which are most of a pod with a daemon. */
    private static final class ShortText extends StdScalarDeserializer<String> {
        private static final int LONGEST = 256;

        ShortText() {
            super(String.class);
        }

        @Override
        public @Nullable String deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            var text = parser.getValueAsString();
            return text == null || text.length() > LONGEST ? null : text;
        }
    }
}
