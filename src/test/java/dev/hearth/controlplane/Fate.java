package dev.hearth.controlplane;

import dev.hearth.controlplane.PodStages.End;
import java.util.Map;

/** What becomes of a pod. */
sealed interface Fate {
    /** No node takes it. */
    record Unschedulable(String message) implements Fate {}

    /** It has a node, and its containers do not start. */
    record Stuck(String reason, String message) implements Fate {}

    /** It runs until its fate changes. */
    record Runs() implements Fate {}

    /**
     * Its containers end.
     *
     * @param ends by container; the others end well
     */
    record Ends(Map<String, End> ends) implements Fate {}

    /** All of its commands end with a code and a message. */
    record Fails(int code, String message) implements Fate {}

    /** The kernel ends its commands. */
    record OutOfMemory() implements Fate {}

    /** The kubelet ends it for want of something on its node. */
    record Evicted() implements Fate {}

    /** Its node is gone, which a controller notes before it deletes the pod. */
    record NodeLost() implements Fate {}
}
