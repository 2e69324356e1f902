/** Records who did what, for people who investigate it later. Depends on no other package. */
@NullMarked
package dev.hearth.audit;

import org.jspecify.annotations.NullMarked;
