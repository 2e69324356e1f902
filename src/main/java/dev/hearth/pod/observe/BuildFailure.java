package dev.hearth.pod.observe;

import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import java.util.regex.Pattern;

/** Reads the reason of a failed solve from the end of its log. */
public final class BuildFailure {
    /** In this order: the first that occurs names the reason. Texts are those of BuildKit 0.34's errors. */
    private static final List<Clue> CLUES = List.of(
            new Clue(Reason.StorageFull, Pattern.compile("hearth: the storage under the cache volume is full")),
            new Clue(Reason.VolumeFull, Pattern.compile("hearth: the cache volume is full")),
            new Clue(Reason.DaemonLost, Pattern.compile("hearth: BuildKit (?:is gone|does not answer)")),
            new Clue(Reason.DockerfileNotFound, Pattern.compile("failed to read dockerfile")),
            new Clue(Reason.TargetNotFound, Pattern.compile("target stage .* could not be found")),
            new Clue(Reason.BaseImageUnavailable, Pattern.compile("failed to resolve source metadata for")),
            new Clue(
                    Reason.PushFailed,
                    Pattern.compile("(?:failed to push|exporting to image.*(?:denied|unauthorized))")),
            // Of the daemon's own mounts: what the cache volume is on holds no overlay, and there is no other
            // snapshotter.
            new Clue(Reason.OverlayUnsupported, Pattern.compile("fstype: overlay, .*err: ")),
            new Clue(Reason.BuildTimedOut, Pattern.compile("hearth: the solve reached its timeout")),
            new Clue(Reason.OutOfSpace, Pattern.compile("no space left on device")));

    private BuildFailure() {}

    /** {@code BuildFailed} where nothing more is known: most often a RUN step of the Dockerfile exited with an error. */
    public static StatusReason read(String logTail) {
        var reason = CLUES.stream()
                .filter(clue -> clue.pattern().matcher(logTail).find())
                .map(Clue::reason)
                .findFirst()
                .orElse(Reason.BuildFailed);
        return new StatusReason(reason, logTail);
    }

    /** Reads why a commit could not be fetched with credentials from what git said last. */
    public static StatusReason unfetched(String logTail) {
        return new StatusReason(
                Reason.SourceFetchFailed,
                "the commit cannot be fetched from spec.source.url with the Secret of spec.source.credentials; check that"
                        + " the Secret may read the repository, and that the server hands out commits by their id. git"
                        + " says:\n" + logTail);
    }

    private record Clue(Reason reason, Pattern pattern) {}
}
