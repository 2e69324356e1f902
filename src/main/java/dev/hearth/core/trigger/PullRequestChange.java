package dev.hearth.core.trigger;

/** The pull request of a run that waits as skipped was seen to have changed, so that it is to be decided about again. */
public record PullRequestChange(String namespace, String run) {}
