package dev.hearth.agent;

import java.util.List;

/**
 * Asks whether network policies keep the pod from addresses.
 *
 * @param name name that the cluster's DNS knows
 * @param addresses addresses that the pod must not reach, each a host and a port separated by a colon
 */
public record NetworkPreflightRequest(String name, List<String> addresses) implements AgentRequest {
    public NetworkPreflightRequest {
        addresses = List.copyOf(addresses);
    }
}
