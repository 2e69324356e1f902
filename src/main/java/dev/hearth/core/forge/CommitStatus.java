package dev.hearth.core.forge;

import java.util.Arrays;
import java.util.Optional;

/**
 * What a commit shows for a pipeline.
 *
 * @param description one line, of at most {@link #DESCRIPTION_LENGTH} characters. It is public wherever the repository is: it
 *     has counts, names of steps and reasons, and no text from logs or of Secrets
 */
public record CommitStatus(State state, String description) {
    /** GitHub accepts no longer one. */
    public static final int DESCRIPTION_LENGTH = 140;

    /** States, in the order in which they decide if a commit has several runs. */
    public enum State {
        Failure,
        Running,
        Waiting,
        /** It waits until somebody approves its commit. */
        NeedsApproval,
        Cancelled,
        /** It needs no run as long as its pull request has these labels. Forges show it as a success. */
        Skipped,
        Success;

        /** Returns whether the runs have ended. */
        public boolean isFinal() {
            return switch (this) {
                case Failure, Cancelled, Success -> true;
                case Running, Waiting, NeedsApproval, Skipped -> false;
            };
        }
    }

    /** Parses the text of a final status. Empty if it is none. */
    static Optional<CommitStatus> parse(String text) {
        return Arrays.stream(State.values())
                .filter(state -> state.isFinal() && text.startsWith(state + ": "))
                .map(state ->
                        new CommitStatus(state, text.substring(state.name().length() + 2)))
                .findFirst();
    }

    @Override
    public String toString() {
        return state + ": " + description;
    }
}
