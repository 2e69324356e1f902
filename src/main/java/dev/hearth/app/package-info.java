/**
 * Starts Hearth: the clock, leader election, periodic work of the leader, the operator's certificate, and what happens
 * when a watch dies. May depend on all packages.
 */
@NullMarked
package dev.hearth.app;

import org.jspecify.annotations.NullMarked;
