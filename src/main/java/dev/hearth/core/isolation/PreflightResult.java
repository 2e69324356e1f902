package dev.hearth.core.isolation;

import dev.hearth.api.IsolationForm;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Text;

/** The result of a preflight: a small build in one form of isolation. */
public record PreflightResult(IsolationForm form, Result result) {
    /** Most characters of a cause that a status shows. */
    private static final int LONGEST = 300;

    /** What a preflight can show. Only {@link Impossible} leads to a weaker form. */
    public sealed interface Result {
        record Possible() implements Result {}

        record Impossible(StatusReason why) implements Result {}

        /** The preflight could not run yet. A later one may succeed. */
        record Delayed(StatusReason why) implements Result {}

        /** The preflight cannot run until a user or administrator changes something. */
        record Hindered(StatusReason why) implements Result {}
    }

    /** Returns the result as a status shows it. */
    String message() {
        return switch (result) {
            case Result.Possible _ -> form + " is possible";
            case Result.Impossible(StatusReason why) -> form + " is not possible: " + line(why);
            case Result.Delayed(StatusReason why) -> form + " was not checked yet: " + line(why);
            case Result.Hindered(StatusReason why) -> form + " could not be checked: " + line(why);
        };
    }

    private static String line(StatusReason why) {
        return Text.abbreviate(why.message().strip().replaceAll("\\s+", " "), LONGEST);
    }
}
