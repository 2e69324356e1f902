/**
 * Looks for what Hearth made and nobody owns any more, and removes it. May depend on everything but other controllers.
 */
@NullMarked
package dev.hearth.controller.sweep;

import org.jspecify.annotations.NullMarked;
