package dev.hearth.api;

/** What has made Hearth create a run. A run that a user creates has none. */
public enum RunTrigger {
    /** A ref that is new, or has moved to another commit. Only such a run can be skipped. */
    Ref,
    /** The time of a schedule. */
    Schedule,
    /** A comment at a pull request. */
    Comment,
    /** A button of a check run. */
    Button
}
