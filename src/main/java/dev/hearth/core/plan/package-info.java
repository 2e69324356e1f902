/**
 * Decides which steps a pipeline has, what each needs and what its children are called. Pure; may depend on api,
 * diagnosis, glob and trust.
 */
@NullMarked
package dev.hearth.core.plan;

import org.jspecify.annotations.NullMarked;
