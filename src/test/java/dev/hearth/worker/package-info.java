/**
 * Decides whether artifacts survive the way into a registry and out of it, and what is refused on the way. May depend on the
 * package that it tests and on the registry's tests.
 */
@NullMarked
package dev.hearth.worker;

import org.jspecify.annotations.NullMarked;
