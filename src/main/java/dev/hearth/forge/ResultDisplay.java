package dev.hearth.forge;

/** A way in which a forge shows results at commits. */
sealed interface ResultDisplay permits CombinedStatus, CheckRuns {
    /** Returns whether the forge shows a result at its commit. */
    boolean shows(NamedStatus wanted) throws ForgeException;

    /** Writes a result that the forge does not show. */
    void write(NamedStatus wanted) throws ForgeException;
}
