package dev.hearth.agent;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Asks for one solve.
 *
 * @param step name of the solve and of its container
 * @param options options of BuildKit's Dockerfile frontend, such as {@code context}, {@code filename} and {@code platform}
 * @param imports caches that are read in addition to that of the daemon
 * @param export folder to which the cache is exported; null for none
 * @param push where the image is pushed, by its digest; null if it is not
 * @param artifacts folder in which the files of the target are left, in a folder with the digits of their digest as name; null if
 *     they are not wanted
 * @param limitSeconds time limit of the solve with all its attempts; null for none
 * @param reportBytes length that the report may have
 * @param skip true if the run has no use for this solve; then nothing else counts but the step
 */
public record SolveRequest(
        String step,
        SequencedMap<String, String> options,
        List<Import> imports,
        @Nullable String export,
        @Nullable Push push,
        @Nullable String artifacts,
        @Nullable Long limitSeconds,
        int reportBytes,
        @Nullable Boolean skip)
        implements AgentRequest {

    public SolveRequest {
        options = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(options));
        imports = List.copyOf(imports);
    }

    /** Returns what a solve is asked that a run has no use for: it tells the daemon so, and ends. */
    public static SolveRequest skipped(String step) {
        return new SolveRequest(step, new LinkedHashMap<>(), List.of(), null, null, null, null, 0, true);
    }

    /** A cache to read: the reference of an image, or a folder with an exported cache. The other one is null. */
    public record Import(
            @Nullable String registry, @Nullable String folder) {
        public static Import ofRegistry(String reference) {
            return new Import(reference, null);
        }

        public static Import ofFolder(String folder) {
            return new Import(null, folder);
        }
    }

    /**
     * A repository of images.
     *
     * @param insecure whether it is contacted over plain HTTP
     */
    public record Push(String repository, boolean insecure) {}
}
