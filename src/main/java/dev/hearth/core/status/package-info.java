/**
 * Decides what conditions say. Pure; may depend on api and diagnosis.
 */
@NullMarked
package dev.hearth.core.status;

import org.jspecify.annotations.NullMarked;
