/**
 * Keeps a scope's volumes and decides which run has them. May depend on everything but other controllers.
 */
@NullMarked
package dev.hearth.controller.scope;

import org.jspecify.annotations.NullMarked;
