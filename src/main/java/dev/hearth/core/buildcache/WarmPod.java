package dev.hearth.core.buildcache;

import dev.hearth.api.BuiltCompletely;
import dev.hearth.api.ScopeVolume;
import java.time.Instant;
import java.util.Optional;

/**
 * A pod with a running daemon that was created on a cache volume before the run that is to use it.
 *
 * @param version that changes with the pod
 * @param fingerprint of what the pod can be used for
 * @param since when it was created
 * @param run the run that has taken it; empty while it waits for one
 */
@BuiltCompletely
public record WarmPod(
        String name, String uid, String version, String fingerprint, Instant since, State state, Optional<String> run) {

    /** How far a pod is. */
    public enum State {
        /** It waits for a run, or works for one. */
        Up,
        /** It is being deleted or was told to end, and may still use the volume. */
        Ending,
        /** None of its containers runs. */
        Ended
    }

    boolean waits() {
        return run.isEmpty();
    }

    ScopeVolume.Warm reserved(boolean ending) {
        return new ScopeVolume.Warm(name, uid, since.toString(), ending ? true : null);
    }
}
