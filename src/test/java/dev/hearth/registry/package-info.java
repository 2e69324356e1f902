/**
 * Decides whether images get the index and the tags that they should in the real registry. May depend on the package that
 * it tests and on nothing else of Hearth.
 */
@NullMarked
package dev.hearth.registry;

import org.jspecify.annotations.NullMarked;
