package dev.hearth.results;

/** Something kept of a step: a log by the name of its container, or a file by its path. */
public record StoredItem(String name, long bytes) {

    /** Name of a container's log: {@code task}, and {@code task.2} of a second attempt; no container has a dot in its own. */
    public static String log(String container, int attempt) {
        return attempt == 1 ? container : container + "." + attempt;
    }

    /** Name of what a container wrote before it ended and began again within the same attempt: {@code service-db.before}. */
    public static String earlierLog(String container, int attempt) {
        return log(container, attempt) + ".before";
    }
}
