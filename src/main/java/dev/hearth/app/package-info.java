/**
 * Wires Hearth up: clock, configuration, leader election, what happens when a watch dies. May depend on everything.
 */
@NullMarked
package dev.hearth.app;

import org.jspecify.annotations.NullMarked;
