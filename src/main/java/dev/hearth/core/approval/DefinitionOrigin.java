package dev.hearth.core.approval;

import dev.hearth.core.status.StatusReason;
import org.jspecify.annotations.Nullable;

/** Of which commit a run takes the definition, if its pipeline has one in the repository. */
public sealed interface DefinitionOrigin {
    /** Of the commit that it runs: somebody who may write the repository has pushed or approved it. */
    record OwnCommit() implements DefinitionOrigin {}

    /**
     * Of the base of its pull request: a stranger has pushed the commit that it runs.
     *
     * @param branch short name of the branch that it is for, whose newest commit counts; null for the default branch. It is not
     *     the commit that the forge calls the base: that is older, and whoever pushes the pull request can choose it.
     */
    record OfBase(@Nullable String branch) implements DefinitionOrigin {}

    /** It is not known who has pushed the commit. */
    record Unknown(StatusReason why) implements DefinitionOrigin {}
}
