/**
 * Says whether a cache policy can be followed. May depend on everything but other controllers.
 */
@NullMarked
package dev.hearth.controller.policy;

import org.jspecify.annotations.NullMarked;
