package dev.hearth.core.run;

import java.util.List;

/** Sentences of statuses, kept short: a run with hundreds of legs still has to fit. */
final class StatusText {
    /** Characters of a log that another message repeats. */
    private static final int LONGEST_LOG = 700;

    private static final int MOST_NAMES = 5;

    private StatusText() {}

    /** What a log says last says most. */
    static String lastPart(String log) {
        return log.length() <= LONGEST_LOG ? log : "…" + log.substring(log.length() - LONGEST_LOG);
    }

    static String legs(int count) {
        return "its list has " + (count == 1 ? "1 leg" : count + " legs");
    }

    static String listed(String before, List<String> names) {
        var shown = String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size())));
        return before + shown + (names.size() > MOST_NAMES ? " and " + (names.size() - MOST_NAMES) + " more" : "");
    }
}
