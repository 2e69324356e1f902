/** Conditions of a status, and reasons with their messages. Pure. Depends on {@code api}. */
@NullMarked
package dev.hearth.core.status;

import org.jspecify.annotations.NullMarked;
