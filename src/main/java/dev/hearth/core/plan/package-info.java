/**
 * Plans the steps of a run: what each needs, what its children are called, and the key of its artifact. Pure. Depends on
 * {@code api}, {@code core.glob}, {@code core.ref}.
 */
@NullMarked
package dev.hearth.core.plan;

import org.jspecify.annotations.NullMarked;
