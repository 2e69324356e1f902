package dev.hearth.agent;

import java.util.List;

/**
 * Asks for a new volume, which belongs to root, to be given to a user and to the group of the same number.
 *
 * @param folder path at which the volume is mounted
 * @param folders folders of the volume that are mounted by themselves, each after the one that it is in
 */
public record OwnRequest(String folder, long user, List<String> folders) implements AgentRequest {
    public OwnRequest {
        folders = List.copyOf(folders);
    }
}
