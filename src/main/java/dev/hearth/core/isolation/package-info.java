/**
 * Decides how builds are kept from the node: the strongest form that was found possible, and what it guarantees. Pure; may
 * depend on api, diagnosis and status.
 */
@NullMarked
package dev.hearth.core.isolation;

import org.jspecify.annotations.NullMarked;
