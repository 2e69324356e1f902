/**
 * Reports commit statuses to forges by their APIs: each forge one implementation of {@code ForgeApi}. Depends on {@code api},
 * {@code authority}, {@code budget}, {@code config}, {@code core.forge}, {@code core.ref}, {@code http}.
 */
@NullMarked
package dev.hearth.forge;

import org.jspecify.annotations.NullMarked;
