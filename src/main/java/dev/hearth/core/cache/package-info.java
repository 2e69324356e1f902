/**
 * Decides which run has a cache volume. Pure; may depend on api and plan.
 */
@NullMarked
package dev.hearth.core.cache;

import org.jspecify.annotations.NullMarked;
