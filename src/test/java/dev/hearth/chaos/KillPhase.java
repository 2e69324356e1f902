package dev.hearth.chaos;

/** What the operator, by what the API server shows of it, has just done when it is killed. */
public enum KillPhase {
    /** Made a run, a scope, a claim or a pod. */
    CREATE,
    /** Decided what a volume starts from, or made the pod that brings it in. */
    SEED,
    /** A generation is sealed on its volume, and not, or only now, official. */
    SEAL,
    /** Dropped a generation, or a scope, by its policy. */
    EVICT,
    /** Removed a run, a pod, or what a user's deletion has left. */
    DELETE
}
