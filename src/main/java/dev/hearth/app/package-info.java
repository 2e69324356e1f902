/**
 * Starts Hearth: the clock, leader election, periodic work of the leader, the operator's certificate, and the exit when
 * a watch stops. May depend on all packages.
 */
@NullMarked
package dev.hearth.app;

import org.jspecify.annotations.NullMarked;
