package dev.hearth.pod.observe;

import dev.hearth.api.StepStatus.Failure;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimVolumeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Explains why the kubelet cannot mount a folder of a volume. The kubelet makes a folder that is missing if it can. If it cannot, it
 * names the volume, and neither the folder nor the cause.
 */
final class UnmountableFolder {
    private static final Pattern MESSAGE = Pattern.compile("subPath(?: directory)? for volumeMount \"([^\"]+)\"");

    private UnmountableFolder() {}

    /**
     * Returns what is wrong and what to do. Empty if the message is about something else, or about a volume without a claim.
     *
     * @param message of the kubelet about a container that it cannot create
     */
    static Optional<Explanation> explain(Pod pod, String message) {
        var named = MESSAGE.matcher(message);
        return named.find()
                ? pod.getSpec().getVolumes().stream()
                        .filter(volume -> volume.getName().equals(named.group(1)))
                        .map(Volume::getPersistentVolumeClaim)
                        .filter(claim -> claim != null)
                        .findFirst()
                        .map(UnmountableFolder::explain)
                : Optional.empty();
    }

    private static Explanation explain(PersistentVolumeClaimVolumeSource volume) {
        return Boolean.TRUE.equals(volume.getReadOnly())
                ? new Explanation(
                        "a folder that it mounts does not exist on volume " + volume.getClaimName()
                                + ", as if its artifact had been removed: start the run again",
                        Failure.Setup) // another attempt would find the same
                : new Explanation(
                        "the kubelet cannot make a folder on volume " + volume.getClaimName()
                                + ", which may be full or damaged: enlarge storage.size of the CachePolicy, or delete the CacheScope",
                        Failure.Infrastructure);
    }

    /** What is wrong and what to do, and what kind of failure that is. */
    record Explanation(String text, Failure fault) {}
}
