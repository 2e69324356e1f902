/** Checks the addresses of a host before the operator connects to it. Depends on {@code core.network}. */
@NullMarked
package dev.hearth.destination;

import org.jspecify.annotations.NullMarked;
