package dev.hearth.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.VersionInfo;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.atomic.AtomicReference;

/** Tells whether the cluster can mount images as volumes. It reads the version of the API server once. */
@ApplicationScoped
public class ImageVolumeSupport {
    /** Minor version of Kubernetes 1.35, in which the feature gate of image volumes is on by default. */
    private static final int SINCE = 35;

    private final KubernetesClient client;
    private final AtomicReference<Boolean> supported = new AtomicReference<>();

    public ImageVolumeSupport(KubernetesClient client) {
        this.client = client;
    }

    /** The setting of an installation for artifacts from a registry. */
    public enum Rule {
        /** Mount them if the version of the API server supports it. */
        Auto,
        Mount,
        Copy
    }

    /** Whether pods mount images. If not, they copy them. */
    public boolean isMounted(Rule rule) {
        return switch (rule) {
            case Mount -> true;
            case Copy -> false;
            case Auto ->
                supported.updateAndGet(known -> known == null ? isSupportedBy(client.getKubernetesVersion()) : known);
        };
    }

    /** Whether a version supports image volumes. Some clouds have minor versions such as {@code 35+}. */
    static boolean isSupportedBy(VersionInfo version) {
        var minor = version.getMinor().replaceAll("[^0-9].*", "");
        return !version.getMajor().equals("1") || (!minor.isEmpty() && Integer.parseInt(minor) >= SINCE);
    }
}
