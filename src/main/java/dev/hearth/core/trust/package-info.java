/**
 * Decides what a ref is and what its runs may hold. Pure; may depend on api.
 */
@NullMarked
package dev.hearth.core.trust;

import org.jspecify.annotations.NullMarked;
