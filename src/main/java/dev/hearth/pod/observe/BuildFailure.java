package dev.hearth.pod.observe;

import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import java.util.regex.Pattern;

/** Finds the reason of a failed solve in the end of its log. */
public final class BuildFailure {
    /** The end of a container that has waited for its request until its time was over. A run may take its pod just then. */
    private static final Pattern UNUSED = Pattern.compile("(?m)^hearth: no run has used this pod");

    /** Texts of errors of BuildKit 0.34 and of Hearth's agent. The first that occurs in the log decides. */
    private static final List<Clue> CLUES = List.of(
            new Clue(Reason.PodLost, UNUSED),
            new Clue(Reason.StorageFull, Pattern.compile("hearth: the storage under the cache volume is full")),
            new Clue(Reason.VolumeFull, Pattern.compile("hearth: the cache volume is full")),
            new Clue(Reason.DaemonLost, Pattern.compile("hearth: BuildKit (?:is gone|does not answer)")),
            // Texts of git, curl and ssh for what may be different a moment later.
            new Clue(
                    Reason.RepositoryUnreachable,
                    Pattern.compile(
                            "failed to fetch remote (?s:.*)(?:Temporary failure in name resolution|Could not resolve host"
                                    + "|Connection refused|Connection reset by peer|early EOF"
                                    + "|returned error: 5[0-9][0-9]|RPC failed)")),
            new Clue(Reason.SourceFetchFailed, Pattern.compile("failed to fetch remote ")),
            new Clue(Reason.DockerfileNotFound, Pattern.compile("failed to read dockerfile")),
            new Clue(Reason.TargetNotFound, Pattern.compile("target stage .* could not be found")),
            // Texts of Go's resolver and HTTP client, and of errors of registries. Output of steps has a number first.
            new Clue(
                    Reason.RegistryUnavailable,
                    Pattern.compile("(?m)^error: .*failed to (?:push|resolve source metadata for) .*"
                            + "(?:: no such host|server misbehaving|i/o timeout|TLS handshake timeout|connection refused"
                            + "|connection reset|unexpected EOF|unexpected status from .*: 5[0-9][0-9])")),
            new Clue(Reason.BaseImageUnavailable, Pattern.compile("failed to resolve source metadata for")),
            new Clue(
                    Reason.PushFailed,
                    Pattern.compile("(?m)(?:^error: .*failed to push|exporting to image.*(?:denied|unauthorized))")),
            // The file system of the cache volume does not support overlays, and there is no other snapshotter.
            new Clue(Reason.OverlayUnsupported, Pattern.compile("fstype: overlay, .*err: ")),
            new Clue(Reason.BuildTimedOut, Pattern.compile("hearth: the solve reached its timeout")),
            new Clue(Reason.OutOfSpace, Pattern.compile("no space left on device")));

    private BuildFailure() {}

    /** Returns {@code BuildFailed} for an unknown text: usually a RUN step of the Dockerfile exited with an error. */
    public static StatusReason read(String logTail) {
        var reason = CLUES.stream()
                .filter(clue -> clue.pattern().matcher(logTail).find())
                .map(Clue::reason)
                .findFirst()
                .orElse(Reason.BuildFailed);
        return new StatusReason(reason, logTail);
    }

    /** Returns why a commit could not be fetched with credentials. */
    public static StatusReason readFetch(String logTail) {
        if (UNUSED.matcher(logTail).find()) {
            return new StatusReason(Reason.PodLost, logTail);
        }
        return new StatusReason(
                Reason.SourceFetchFailed,
                "the commit cannot be fetched from spec.source.url with the Secret of spec.source.credentials: check that"
                        + " its user or key may read the repository, and that the server allows fetching commits by id. Output"
                        + " of git:\n" + logTail);
    }

    private record Clue(Reason reason, Pattern pattern) {}
}
