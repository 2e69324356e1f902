package dev.hearth.cluster;

import com.fasterxml.jackson.annotation.JsonIncludeProperties;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.quarkus.kubernetes.client.KubernetesClientObjectMapperCustomizer;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Selects the fields that are read of objects, so that the caches of watches stay small. Entries of {@code
 * managedFields} of all objects have only their times, and pods in the caches of watches have only the fields that
 * controllers read.
 */
@Singleton
public final class WatchedFields implements KubernetesClientObjectMapperCustomizer {

    @Override
    public void customize(ObjectMapper mapper) {
        mapper.addMixIn(ManagedFieldsEntry.class, OfManagedFields.class);
        mapper.registerModule(SharedValues.module());
    }

    /**
     * Returns the serialization for watches of pods. Pods that it reads are incomplete and must not be written back.
     */
    public static KubernetesSerialization ofPods() {
        var mapper = new ObjectMapper()
                .addMixIn(ManagedFieldsEntry.class, OfManagedFields.class)
                .addMixIn(ObjectMeta.class, OfMetadata.class)
                .addMixIn(PodSpec.class, OfPodSpec.class)
                .addMixIn(Container.class, OfContainer.class)
                .addMixIn(EnvVar.class, OfVariable.class)
                .addMixIn(ResourceRequirements.class, OfResources.class)
                .addMixIn(Probe.class, OfProbe.class)
                .addMixIn(Volume.class, OfVolume.class)
                .addMixIn(ContainerStatus.class, OfContainerStatus.class);
        return new KubernetesSerialization(mapper, true);
    }

    @JsonIncludeProperties("time")
    private interface OfManagedFields {}

    private interface OfMetadata {
        @JsonDeserialize(using = ShortAnnotations.class)
        @SuppressWarnings("UnusedMethod") // Jackson reads the annotation above
        void setAnnotations(Map<String, String> annotations);
    }

    @JsonIncludeProperties({"nodeName", "initContainers", "containers", "volumes", "imagePullSecrets"})
    private interface OfPodSpec {}

    @JsonIncludeProperties({"name", "restartPolicy", "env", "envFrom", "resources", "startupProbe"})
    private interface OfContainer {}

    @JsonIncludeProperties({"name", "value", "valueFrom"})
    private interface OfVariable {
        @JsonDeserialize(using = ShortText.class)
        @SuppressWarnings("UnusedMethod") // Jackson reads the annotation above
        void setValue(String value);
    }

    @JsonIncludeProperties("limits")
    private interface OfResources {}

    @JsonIncludeProperties("failureThreshold")
    private interface OfProbe {}

    @JsonIncludeProperties({"name", "persistentVolumeClaim", "secret", "projected"})
    private interface OfVolume {}

    @JsonIncludeProperties({"name", "state", "lastState", "started", "ready", "restartCount"})
    private interface OfContainerStatus {}

    /** Leaves out the requests to the agents of a build pod, which are most of its size. Other annotations are read. */
    private static final class ShortAnnotations extends StdDeserializer<Map<String, String>> {
        ShortAnnotations() {
            super(Map.class);
        }

        @Override
        public Map<String, String> deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            var annotations = new LinkedHashMap<String, String>();
            for (var key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
                if (key.equals(ObjectLabels.REQUESTS)) {
                    parser.nextToken();
                } else {
                    annotations.put(key, parser.nextTextValue());
                }
            }
            return annotations;
        }
    }

    /** Reads long values as null: the requests to agents can be long. */
    private static final class ShortText extends StdScalarDeserializer<String> {
        private static final int LONGEST = 600;

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
