package dev.hearth.agent;

/**
 * Asks for the content of a file of an artifact, in the log of the container.
 *
 * @param folder path at which the artifact is mounted
 * @param file path of the file in that folder
 * @param mostBytes how many bytes of it are asked for at most
 */
public record ReadFileRequest(String folder, String file, long mostBytes) implements AgentRequest {}
