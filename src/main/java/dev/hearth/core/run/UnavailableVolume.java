package dev.hearth.core.run;

import dev.hearth.core.status.StatusReason;

/**
 * Why there is no volume that a task needs for its directories.
 *
 * @param permanent whether there will be none until somebody changes something
 */
public record UnavailableVolume(StatusReason why, boolean permanent) {}
