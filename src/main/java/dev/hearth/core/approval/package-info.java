/**
 * Decides whether the run of a pull request may start, and reads commands in comments. Pure. Depends on {@code api},
 * {@code core.status}.
 */
@NullMarked
package dev.hearth.core.approval;

import org.jspecify.annotations.NullMarked;
