/**
 * Decides what the words of a step mean, and what of them others get to see. Pure; may depend on nothing of Hearth.
 */
@NullMarked
package dev.hearth.core.diagnosis;

import org.jspecify.annotations.NullMarked;
