package dev.hearth.pod;

import dev.hearth.agent.AgentRequest;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import java.util.List;

/** Begins containers that run the agent: a subcommand, and a request that says what to do. */
public final class AgentContainer {
    private static final String PROGRAM = "hearth-agent";

    private AgentContainer() {}

    /**
     * Returns a container whose agent is asked for something.
     *
     * @param subcommand what the agent is to be
     * @param request its details, in which Kubernetes expands nothing
     */
    public static ContainerBuilder of(String name, String image, String subcommand, AgentRequest request) {
        return new ContainerBuilder()
                .withName(name)
                .withImage(image)
                .withCommand(command(subcommand))
                // Not an argument: rootlesskit would repeat it in its errors.
                .withEnv(ContainerParts.variable(AgentRequest.VARIABLE, ContainerParts.literal(request.json())));
    }

    /** Returns the command line of a subcommand. */
    public static List<String> command(String subcommand) {
        return List.of(PROGRAM, subcommand);
    }
}
