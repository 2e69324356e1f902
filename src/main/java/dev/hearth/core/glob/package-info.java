/** Matches patterns for paths and refs, as docs/patterns.md describes them. Pure. Depends on {@code api}. */
@NullMarked
package dev.hearth.core.glob;

import org.jspecify.annotations.NullMarked;
