package dev.hearth.core.isolation;

import dev.hearth.api.IsolationForm;
import dev.hearth.core.status.StatusReason;

/** What came of running a small build in one form of isolation. */
public record PreflightResult(IsolationForm form, Result result) {
    /** Characters of an answer that reach a status. */
    private static final int LONGEST = 300;

    /** What a trial can show. Only a certain no leads to a weaker form. */
    public sealed interface Result {
        record Possible() implements Result {}

        record Impossible(StatusReason why) implements Result {}

        /** It could not be tried yet, and trying again may help. */
        record Delayed(StatusReason why) implements Result {}

        /** It cannot be tried until somebody changes something. */
        record Hindered(StatusReason why) implements Result {}
    }

    /** As status lists it. */
    String message() {
        return switch (result) {
            case Result.Possible _ -> form + " is possible";
            case Result.Impossible(StatusReason why) -> form + " is not possible: " + shortened(why);
            case Result.Delayed(StatusReason why) -> form + " was not tried yet: " + shortened(why);
            case Result.Hindered(StatusReason why) -> form + " could not be tried: " + shortened(why);
        };
    }

    private static String shortened(StatusReason why) {
        var line = why.message().strip().replaceAll("\\s+", " ");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST - 1) + "…";
    }
}
