package dev.hearth.core.run;

import dev.hearth.api.Trust;
import dev.hearth.core.ref.GitRef;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Which waiting runs of a namespace come first, whatever their pipelines. */
public enum RunPriority {
    /** Runs of the default branch and of merge queues: many people wait for them. */
    URGENT(Duration.ZERO),
    TRUSTED(Duration.ofHours(1)),
    UNTRUSTED(Duration.ofHours(4));

    /** A run that has waited for longer comes before newer runs of every priority, so that every run starts some day. */
    private final Duration patience;

    RunPriority(Duration patience) {
        this.patience = patience;
    }

    /** Returns the priority of a run of a ref. The default branch is null if it is not known. */
    static RunPriority of(GitRef ref, Trust trust, @Nullable String defaultBranch) {
        if (ref.kind() == GitRef.Kind.MERGE_GROUP) {
            return URGENT;
        }
        return switch (trust) {
            case Trusted -> ref.name().equals(defaultBranch) ? URGENT : TRUSTED;
            case Untrusted -> UNTRUSTED;
        };
    }

    /** Returns the priority of a run that has waited for some time. */
    RunPriority after(Duration waited) {
        return waited.compareTo(patience) > 0 ? URGENT : this;
    }
}
