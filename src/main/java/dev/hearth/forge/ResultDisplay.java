package dev.hearth.forge;

import java.util.List;

/** A way in which a forge shows results at commits. */
sealed interface ResultDisplay permits CombinedStatus, CheckRuns {
    /** Returns which of several results of one commit the forge does not show. */
    List<NamedStatus> missing(List<NamedStatus> wanted) throws ForgeException;

    /** Writes a result that the forge does not show. */
    void write(NamedStatus wanted) throws ForgeException;
}
