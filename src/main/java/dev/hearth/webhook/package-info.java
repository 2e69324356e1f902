/**
 * Receives webhooks of forges. A delivery with a valid proof leads to a look at the repository, or tells who has pressed a
 * button, and to nothing else. Depends on {@code api}, {@code budget}, {@code controller.access}, {@code controller.support},
 * {@code core.forge}, {@code core.secret}, {@code core.text}, {@code core.trigger}, {@code http}, {@code web}.
 */
@NullMarked
package dev.hearth.webhook;

import org.jspecify.annotations.NullMarked;
