package dev.hearth.results;

/** A stored result of a step: a log by the name of its container, or a file by its path. */
public record StoredItem(String name, long bytes) {

    /** Returns the name of a container's log: {@code task}, or {@code task.2} for the second attempt. */
    public static String log(String container, int attempt) {
        return attempt == 1 ? container : container + "." + attempt;
    }

    /** Returns the name of a container's log from before it was restarted in the same attempt: {@code service-db.before}. */
    public static String earlierLog(String container, int attempt) {
        return log(container, attempt) + ".before";
    }

    /** Returns the path of the file with what BuildKit did in a build: {@code trace.json.gz}, or {@code trace.2.json.gz}. */
    public static String trace(int attempt) {
        return log("trace", attempt) + ".json.gz";
    }
}
