package dev.hearth.buildkit;

import dev.hearth.api.IsolationForm;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The daemon's buildkitd.toml.
 *
 * @param mirrors registry host to the host that is asked first, both without scheme
 * @param insecureRegistries hosts that are talked to over plain HTTP
 * @param isolation of the daemon; one without root cannot give a step a /proc of its own
 */
public record DaemonConfig(Map<String, String> mirrors, Set<String> insecureRegistries, IsolationForm isolation) {

    public String toml() {
        // The snapshotter is named because another one would mean another directory: a cold cache without a word. Where
        // it cannot be had a build fails and says so. Garbage is collected by the daemon's script once the solves have
        // ended: BuildKit's own collection takes cache mounts to measure them, a second after the daemon has started,
        // and a step that asks for one meanwhile gets an empty one instead (cache/manager.go, DiskUsage).
        var toml = new StringBuilder("""
                [worker.containerd]
                  enabled = false
                [worker.oci]
                  enabled = true
                  snapshotter = "overlayfs"
                  noProcessSandbox = %s
                  gc = false
                """.formatted(isolation == IsolationForm.Rootless));
        new TreeMap<>(mirrors)
                .forEach((host, mirror) ->
                        toml.append("[registry.\"%s\"]\n  mirrors = [\"%s\"]\n".formatted(host, mirror)));
        new TreeSet<>(insecureRegistries)
                .forEach(host -> toml.append("[registry.\"%s\"]\n  http = true\n".formatted(host)));
        return toml.toString();
    }
}
