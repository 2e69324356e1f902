package dev.hearth.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.VersionInfo;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.atomic.AtomicReference;

/** Whether the cluster can mount images as volumes; what it says of its version is asked for once. */
@ApplicationScoped
public class ImageVolumeSupport {
    /** The first version, 1.35, that has image volumes on unless its feature gate is off. */
    private static final int SINCE = 35;

    private final KubernetesClient client;
    private final AtomicReference<Boolean> able = new AtomicReference<>();

    public ImageVolumeSupport(KubernetesClient client) {
        this.client = client;
    }

    /** How an installation has pods get artifacts of a registry. */
    public enum Rule {
        /** Mounted where the version of the API server says that it can be done. */
        Auto,
        Mount,
        Copy
    }

    /** Whether pods mount an image; otherwise they copy it. */
    public boolean mounted(Rule rule) {
        return switch (rule) {
            case Mount -> true;
            case Copy -> false;
            case Auto -> able.updateAndGet(known -> known == null ? areIn(client.getKubernetesVersion()) : known);
        };
    }

    /** Some clouds write a minor version such as {@code 35+}. */
    static boolean areIn(VersionInfo version) {
        var minor = version.getMinor().replaceAll("[^0-9].*", "");
        return !version.getMajor().equals("1") || (!minor.isEmpty() && Integer.parseInt(minor) >= SINCE);
    }
}
