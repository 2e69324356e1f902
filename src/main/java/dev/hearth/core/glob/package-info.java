/**
 * Matches patterns for paths and for refs, as docs/patterns.md describes them. Pure; may depend on api.
 */
@NullMarked
package dev.hearth.core.glob;

import org.jspecify.annotations.NullMarked;
