package dev.hearth.agent;

/**
 * Asks whether the pod has a user namespace, and a volume that it can write in there.
 *
 * @param folder path at which the volume is mounted
 */
public record UserNamespacePreflightRequest(String folder) implements AgentRequest {}
