package dev.hearth.pod;

import dev.hearth.agent.AgentRequest;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The requests that a pod's containers get through an annotation of the pod. The annotation can be set when the pod exists
 * already, which the environment of a container cannot. The kubelet shows it in a file.
 *
 * @param requests name of a container to its request
 */
public record PodRequests(SortedMap<String, AgentRequest> requests) {
    /** The file, which is empty as long as the pod has no such annotation. */
    static final String FILE = "/run/hearth/requests/requests.json";

    private static final String VOLUME = "requests";

    public PodRequests(Map<String, ? extends AgentRequest> requests) {
        this(Collections.unmodifiableSortedMap(new TreeMap<String, AgentRequest>(requests)));
    }

    /** Returns the value of the annotation {@link ObjectLabels#REQUESTS}. */
    public String annotation() {
        return AgentRequest.json(requests);
    }

    /** Returns the volume that has the file. */
    public static Volume volume() {
        return new VolumeBuilder()
                .withName(VOLUME)
                .withNewDownwardAPI()
                .addNewItem()
                .withPath(name())
                .withNewFieldRef()
                .withFieldPath("metadata.annotations['" + ObjectLabels.REQUESTS + "']")
                .endFieldRef()
                .endItem()
                .endDownwardAPI()
                .build();
    }

    /** Returns the mount of a container that {@link AgentContainer#later} has begun. */
    public static VolumeMount mount() {
        return PodVolumes.readOnly(VOLUME, FILE.substring(0, FILE.lastIndexOf('/')));
    }

    private static String name() {
        return FILE.substring(FILE.lastIndexOf('/') + 1);
    }
}
