/**
 * Divides the operator's memory and time among the answers of servers that it does not trust, fairly between
 * namespaces. Depends on no other package.
 */
@NullMarked
package dev.hearth.budget;

import org.jspecify.annotations.NullMarked;
