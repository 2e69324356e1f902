package dev.hearth.agent;

/**
 * Asks for a bare repository to be served over git's own protocol.
 *
 * @param repository folder of the repository; the last part of this path is the path of its URL
 * @param address host and port
 */
public record ServeRequest(String repository, String address) implements AgentRequest {}
