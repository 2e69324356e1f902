/**
 * Decides which runs a change of refs starts, and when refs are listed again. Pure. Depends on {@code api},
 * {@code core.glob}, {@code core.ref}, {@code core.status}, {@code core.text}.
 */
@NullMarked
package dev.hearth.core.trigger;

import org.jspecify.annotations.NullMarked;
