/**
 * Decides whether refs and history are read rightly from the real git. May depend on the package that it tests and on
 * nothing else of Hearth.
 */
@NullMarked
package dev.hearth.git;

import org.jspecify.annotations.NullMarked;
