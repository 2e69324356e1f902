/** Decides which objects of Hearth have lost their owner. Pure. Depends on no other package. */
@NullMarked
package dev.hearth.core.sweep;

import org.jspecify.annotations.NullMarked;
