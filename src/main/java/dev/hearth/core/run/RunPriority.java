package dev.hearth.core.run;

import dev.hearth.api.Trust;
import java.time.Duration;

/** Which waiting runs of a namespace come first, whatever their pipelines. */
public enum RunPriority {
    DEFAULT_BRANCH(Duration.ZERO),
    TRUSTED(Duration.ofHours(1)),
    UNTRUSTED(Duration.ofHours(4));

    /** A run that has waited for longer comes before newer runs of every priority, so that every run starts some day. */
    private final Duration patience;

    RunPriority(Duration patience) {
        this.patience = patience;
    }

    static RunPriority of(Trust trust, boolean defaultBranch) {
        return switch (trust) {
            case Trusted -> defaultBranch ? DEFAULT_BRANCH : TRUSTED;
            case Untrusted -> UNTRUSTED;
        };
    }

    /** Returns the priority of a run that has waited for some time. */
    RunPriority after(Duration waited) {
        return waited.compareTo(patience) > 0 ? DEFAULT_BRANCH : this;
    }
}
