package dev.hearth.core.sweep;

import java.util.Set;

/** Whom an object names as its owner. */
public record ObjectOwner(String kind, String name, String uid) {
    private static final Set<String> KNOWN = Set.of("Pipeline", "PipelineRun", "CacheScope");

    /** Whether it can be said of it that it is gone; of other kinds nothing is known, so they live. */
    public boolean isOfHearth() {
        return KNOWN.contains(kind);
    }
}
