package dev.hearth.agent;

import org.jspecify.annotations.Nullable;

/**
 * Asks for a BuildKit daemon on an empty volume, and for checks of what keeps it from the node.
 *
 * @param config content of buildkitd.toml
 * @param nested whether the daemon has a user namespace of its own
 * @param claim name of the folder that stands for the volume
 * @param locked read-only mount that the daemon must not be able to make writable; null if it can by design
 */
public record PreflightRequest(
        String config,
        boolean nested,
        String claim,
        @Nullable String locked) implements AgentRequest {}
