/**
 * Works out what is counted of caches: totals of what there is, and events from what changed. May depend on api and the
 * core's own packages.
 */
@NullMarked
package dev.hearth.core.figures;

import org.jspecify.annotations.NullMarked;
