package dev.hearth.forge;

import java.time.Instant;
import java.util.Optional;

/** One repository at a forge, as far as Hearth uses it. */
public sealed interface ForgeApi permits GitHub, GitLab, Gitea {
    /** Returns whether the forge shows a status at its commit. */
    boolean shows(NamedStatus wanted) throws ForgeException;

    /** Writes a status that the forge does not show. */
    void write(NamedStatus wanted) throws ForgeException;

    /** Returns when the token expires, as far as the forge has told. */
    Optional<Instant> tokenExpiry();
}
