/**
 * Decides which objects that Hearth made belong to nobody any more. May depend on nothing but Java.
 */
@NullMarked
package dev.hearth.core.sweep;

import org.jspecify.annotations.NullMarked;
