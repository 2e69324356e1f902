/**
 * Decides which run has a cache volume, and what its content starts from. Pure; may depend on api, plan and trust.
 */
@NullMarked
package dev.hearth.core.cache;

import org.jspecify.annotations.NullMarked;
