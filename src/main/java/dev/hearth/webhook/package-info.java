/**
 * Receives webhooks of forges. A delivery with a valid proof leads to a look at the repository, and to nothing else. Depends
 * on {@code api}, {@code budget}, {@code controller.access}, {@code controller.support}, {@code core.secret},
 * {@code core.trigger}, {@code web}.
 */
@NullMarked
package dev.hearth.webhook;

import org.jspecify.annotations.NullMarked;
