/**
 * Shares the operator's memory between the answers of servers that other people run. May depend on nothing of Hearth.
 */
@NullMarked
package dev.hearth.budget;

import org.jspecify.annotations.NullMarked;
