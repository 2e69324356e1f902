/**
 * Keeps caches within their policies, and says whether these can be followed. May depend on everything but other controllers.
 */
@NullMarked
package dev.hearth.controller.policy;

import org.jspecify.annotations.NullMarked;
