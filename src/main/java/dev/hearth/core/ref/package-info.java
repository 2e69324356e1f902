/**
 * What a git ref is, whether it is trusted, and what its runs may take from others. Pure. Depends on {@code api},
 * {@code core.glob}.
 */
@NullMarked
package dev.hearth.core.ref;

import org.jspecify.annotations.NullMarked;
