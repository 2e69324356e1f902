package dev.hearth.agent;

import java.util.List;

/**
 * Asks for a new volume, which belongs to root, to be given to a user and to the group of the same number.
 *
 * @param folder path at which the volume is mounted
 * @param copies claims whose copies are mounted from below the volume
 */
public record OwnRequest(String folder, long user, List<String> copies) implements AgentRequest {
    public OwnRequest {
        copies = List.copyOf(copies);
    }
}
