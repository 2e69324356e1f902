package dev.hearth.core.run;

import dev.hearth.core.diagnosis.Finding;

/**
 * Why there is no volume that a task needs for its directories.
 *
 * @param lasting whether there will be none until somebody changes something
 */
public record MissingVolume(Finding why, boolean lasting) {}
