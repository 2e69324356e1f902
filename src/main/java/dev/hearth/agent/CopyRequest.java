package dev.hearth.agent;

/**
 * Asks for a copy of a generation of another volume.
 *
 * @param claim claim of the volume that gets the copy
 * @param seed the generation
 * @param limitSeconds time that all of the copy may take
 */
public record CopyRequest(String claim, DaemonRequest.Seed seed, long limitSeconds) implements AgentRequest {}
