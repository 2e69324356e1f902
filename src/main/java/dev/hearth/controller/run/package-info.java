/**
 * Takes a run from its commit to its result. May depend on everything but other controllers.
 */
@NullMarked
package dev.hearth.controller.run;

import org.jspecify.annotations.NullMarked;
