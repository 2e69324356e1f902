package dev.hearth.buildkit;

import dev.hearth.api.IsolationForm;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Writes the daemon's buildkitd.toml.
 *
 * @param mirrors registry host to the host that is tried first, both without scheme
 * @param insecureRegistries registry hosts that are contacted over plain HTTP
 * @param isolation isolation of the daemon; without root it cannot give a build step a {@code /proc} of its own
 */
public record DaemonConfig(Map<String, String> mirrors, Set<String> insecureRegistries, IsolationForm isolation) {

    public String toml() {
        // The snapshotter is fixed: with another one BuildKit would use another directory, and the cache would be cold
        // without a message. If the node does not support overlayfs, builds fail with a message. The daemon's agent
        // collects garbage after the solves: BuildKit's own collection locks cache mounts to measure them a second
        // after its start, and a build step that needs one meanwhile gets an empty one (cache/manager.go, DiskUsage).
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
