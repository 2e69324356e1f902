/** Records who did what, for later investigations. Depends on {@code core.text}. */
@NullMarked
package dev.hearth.audit;

import org.jspecify.annotations.NullMarked;
