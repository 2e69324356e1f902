/** Looks at where a name leads before the operator connects to it. May depend on core. */
@NullMarked
package dev.hearth.destination;

import org.jspecify.annotations.NullMarked;
