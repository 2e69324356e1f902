/**
 * Decides the kind and trust of git refs, and which outputs of other runs a run may use. Pure. Depends on {@code api},
 * {@code core.glob}.
 */
@NullMarked
package dev.hearth.core.ref;

import org.jspecify.annotations.NullMarked;
