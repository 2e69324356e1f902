/** Creates conditions, and reasons with their messages. Pure. Depends on {@code api}, {@code core.text}. */
@NullMarked
package dev.hearth.core.status;

import org.jspecify.annotations.NullMarked;
