/**
 * Follows refs and starts runs. May depend on everything but other controllers.
 */
@NullMarked
package dev.hearth.controller.pipeline;

import org.jspecify.annotations.NullMarked;
