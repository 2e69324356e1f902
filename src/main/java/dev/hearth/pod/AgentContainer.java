package dev.hearth.pod;

import dev.hearth.agent.AgentRequest;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Begins containers that run the agent: a subcommand, and a request that says what to do, now or later. */
public final class AgentContainer {
    private static final String PROGRAM = "hearth-agent";

    /** Number of characters of a request in one variable: Linux allows 128 KiB, and a character takes up to three bytes. */
    private static final int PART = 40_000;

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
                .withEnv(variables(request.json()));
    }

    /**
     * Returns a container whose agent waits until the {@link PodRequests} of its pod have a request for it. The caller adds
     * {@link PodRequests#mount} to its mounts.
     *
     * @param within how long it waits
     */
    public static ContainerBuilder later(String name, String image, String subcommand, Duration within) {
        return new ContainerBuilder()
                .withName(name)
                .withImage(image)
                .withCommand(command(subcommand))
                .withEnv(
                        ContainerParts.variable(AgentRequest.FILE_VARIABLE, PodRequests.FILE),
                        ContainerParts.variable(AgentRequest.KEY_VARIABLE, name),
                        ContainerParts.variable(AgentRequest.WITHIN_VARIABLE, String.valueOf(within.toSeconds())));
    }

    /** Returns the command line of a subcommand. */
    public static List<String> command(String subcommand) {
        return List.of(PROGRAM, subcommand);
    }

    /** The first variable has the name, those after it also a number from 2 on. */
    static List<EnvVar> variables(String request) {
        var variables = new ArrayList<EnvVar>();
        for (int from = 0; from < request.length(); ) {
            var to = Math.min(request.length(), from + PART);
            if (to < request.length() && Character.isHighSurrogate(request.charAt(to - 1))) {
                to--;
            }
            var name = AgentRequest.VARIABLE + (from == 0 ? "" : "_" + (variables.size() + 1));
            variables.add(ContainerParts.variable(name, ContainerParts.literal(request.substring(from, to))));
            from = to;
        }
        return variables;
    }
}
