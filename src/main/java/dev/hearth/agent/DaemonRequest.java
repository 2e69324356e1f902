package dev.hearth.agent;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks for a BuildKit daemon on a cache volume.
 *
 * @param config content of buildkitd.toml
 * @param nested whether the daemon has a user namespace of its own, in which read-only mounts stay read-only
 * @param claim claim of the volume that the daemon writes
 * @param claimKib size that the claim requests
 * @param keepMb size to which BuildKit's cache is pruned after the solves
 * @param seed state that the volume starts from
 * @param seal number of the generation that is sealed once all steps have succeeded; null if none is
 * @param fallback newest generation of the volume, for the case that its state is damaged; null if there is none
 * @param keep numbers of the generations that are kept
 * @param artifacts beginnings of the names of the artifacts that runs name: others are removed from the volume; null if it is not
 *     known which these are
 * @param steps names of all solves of the pod
 * @param reportBytes length that the report may have
 */
public record DaemonRequest(
        String config,
        boolean nested,
        String claim,
        long claimKib,
        long keepMb,
        Seed seed,
        @Nullable Integer seal,
        @Nullable Integer fallback,
        List<Integer> keep,
        @Nullable List<String> artifacts,
        List<String> steps,
        int reportBytes)
        implements AgentRequest {

    public DaemonRequest {
        keep = List.copyOf(keep);
        artifacts = artifacts == null ? null : List.copyOf(artifacts);
        steps = List.copyOf(steps);
    }

    /**
     * A state that a volume starts from.
     *
     * @param id changes whenever the volume has to be filled again
     * @param claim claim of the volume that has the generation; null for {@link Mode#Cold}
     * @param generation null for {@link Mode#Cold}
     */
    public record Seed(
            String id,
            Mode mode,
            @Nullable String claim,
            @Nullable Integer generation) {}

    /** How a volume gets the state that it starts from. */
    public enum Mode {
        /** Reads a generation of another volume, which is mounted read-only. */
        Overlay,
        /** Reads a generation that is already on the volume: its own, one of a snapshot, or a copy. */
        Restore,
        /** Starts from nothing. */
        Cold
    }
}
