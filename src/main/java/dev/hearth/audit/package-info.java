/**
 * Records who did what, for those who look into it later. May depend on nothing else of Hearth.
 */
@NullMarked
package dev.hearth.audit;

import org.jspecify.annotations.NullMarked;
