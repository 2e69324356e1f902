/**
 * A cluster without a node, in which pods and volumes are played, and an operator in it that is killed again and again. May
 * depend on everything.
 */
@NullMarked
package dev.hearth.chaos;

import org.jspecify.annotations.NullMarked;
