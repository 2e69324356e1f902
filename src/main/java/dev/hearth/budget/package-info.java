/**
 * Shares the operator's memory between the answers of servers that other people run, and offers
 * turns that are fair between namespaces. May depend on nothing of Hearth.
 */
@NullMarked
package dev.hearth.budget;

import org.jspecify.annotations.NullMarked;
