package dev.hearth.api;

/** Regular expressions that several fields of the schema share. */
final class SchemaPatterns {
    /**
     * A DNS label without a double dash, so that no build can have the container name {@code build--variant} of a
     * variant. With {@link #NAME_LENGTH} the container name fits into a DNS label.
     */
    static final String NAME = "^[a-z0-9]+(-[a-z0-9]+)*$";

    static final int NAME_LENGTH = 30;

    /** Runs, pods and volumes are named after a pipeline. */
    static final int PIPELINE_LENGTH = 40;

    /** Hours, minutes and seconds, at least one of them, in the syntax of java.time.Duration after "PT". */
    static final String DURATION = "^([0-9]{1,4}h([0-9]{1,6}m)?([0-9]{1,8}s)?|[0-9]{1,6}m([0-9]{1,8}s)?|[0-9]{1,8}s)$";

    static final int DURATION_LENGTH = 24;

    /** Days, hours and minutes, at least one of them. */
    static final String RETENTION = "^([0-9]{1,4}d([0-9]{1,4}h)?([0-9]{1,6}m)?|[0-9]{1,4}h([0-9]{1,6}m)?|[0-9]{1,6}m)$";

    /** A rule for durations: a duration is longer than zero if it has a digit other than zero. */
    static final String NOT_ZERO = "self.matches('[1-9]')";

    static final String NO_TIME =
            "a time limit of zero ends a step before it starts: write at least 1s, such as 90s, 15m or"
                    + " 1h30m, or remove the field to use its default";

    static final String NOT_KEPT =
            "a retention of zero deletes objects before they can be used: write at least 1m, such as"
                    + " 12h or 7d, or remove the field to use its default";

    private static final String MONTH_AND_DAY = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
            + "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))";

    private static final String LEAP_YEAR = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)";

    /**
     * A time in UTC as Instant.toString() and the API server write it. Instant.parse accepts every time that matches.
     */
    static final String TIME = "^([0-9]{4}-" + MONTH_AND_DAY + "|" + LEAP_YEAR + "-02-29)"
            + "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?Z$";

    static final int TIME_LENGTH = 30;

    /** The name of a Kubernetes object. */
    static final String OBJECT = "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$";

    static final int OBJECT_LENGTH = 253;

    static final String LABEL_VALUE = "^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$";

    static final int LABEL_VALUE_LENGTH = 63;

    /** A prefix of 253 characters, a slash, a name. */
    static final int LABEL_KEY_LENGTH = 317;

    static final int VARIABLE_LENGTH = 253;

    /** An argument of a command, or the value of a variable. Linux accepts up to 128 KiB. */
    static final int TEXT_LENGTH = 65_536;

    /** A size of storage, such as 50Gi. */
    static final String SIZE = "^[1-9][0-9]{0,5}(Mi|Gi|Ti)$";

    static final int SIZE_LENGTH = 8;

    /** A relative path without parts that lead up. */
    static final String FILE = "^\\.?[^./\\x00-\\x1f][^/\\x00-\\x1f]*(/\\.?[^./\\x00-\\x1f][^/\\x00-\\x1f]*)*$";

    /** An absolute path below the root. */
    static final String DIRECTORY = "^(/[A-Za-z0-9_][A-Za-z0-9._-]*)+$";

    /** An absolute path of Linux or of Windows, with no part that leads up. */
    static final String CACHE =
            "^((/\\.?[A-Za-z0-9_][A-Za-z0-9._@+-]*)+|[C-Z]:(\\\\\\.?[A-Za-z0-9_][A-Za-z0-9._@+-]*)+)$";

    /** A full ref name by the rules of git, as far as a regular expression can express them. */
    static final String REF = "^refs/(heads|tags|pull|merge-requests)/[^\\x00-\\x20\\x7f~^:?*\\[\\\\]+$";

    /** Longer than any name that git servers and file systems accept. */
    static final int REF_LENGTH = 1024;

    /** Key of a label, with or without a prefix. */
    static final String LABEL_KEY = "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$";

    /** The URL of a forge, with a path if it is not at the root of its host. */
    static final String FORGE_URL =
            "^https?://([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:]+\\])(:[0-9]{1,5})?(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?$";

    /** Owner, or groups, and name of a repository. No part consists of dots, since the path becomes a part of URLs. */
    static final String FORGE_REPOSITORY =
            "^[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*)+$";

    static final String STATUS_NAME = "^[A-Za-z0-9]([A-Za-z0-9 ._/-]*[A-Za-z0-9])?$";

    /** Five fields of a crontab. Which values they may have is checked when the schedule is used. */
    static final String CRON = "^[0-9A-Za-z*,/?#-]+( [0-9A-Za-z*,/?#-]+){4}$";

    static final String TIME_ZONE = "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$";

    /** A registry and a path without a tag, or everything below one. */
    static final String PUSH_TARGET =
            "^[a-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*/([a-z0-9]+([._-]+[a-z0-9]+)*|\\*)$";

    static final String DIGEST = "^[0-9a-f]{64}$";

    static final String COMMIT = "^[0-9a-f]{40}$";

    private SchemaPatterns() {}
}
