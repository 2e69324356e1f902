package dev.hearth.agent;

import java.util.Objects;

/** An artifact: its digest, how many files it has, and their size. */
public record ArtifactFiles(String digest, long count, long kib) {
    public ArtifactFiles {
        Objects.requireNonNull(digest);
    }
}
