/** Decides which Secrets a pipeline may use. Pure. Depends on {@code api}, {@code core.forge}, {@code core.glob},
 * {@code core.ref}, {@code core.status}. */
@NullMarked
package dev.hearth.core.secret;

import org.jspecify.annotations.NullMarked;
