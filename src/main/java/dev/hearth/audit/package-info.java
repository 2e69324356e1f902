/** Records who did what, for later investigations. Depends on no other package. */
@NullMarked
package dev.hearth.audit;

import org.jspecify.annotations.NullMarked;
