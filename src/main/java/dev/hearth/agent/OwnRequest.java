package dev.hearth.agent;

/**
 * Asks for a new volume, which belongs to root, to be given to a user and to the group of the same number.
 *
 * @param folder path at which the volume is mounted
 */
public record OwnRequest(String folder, long user) implements AgentRequest {}
