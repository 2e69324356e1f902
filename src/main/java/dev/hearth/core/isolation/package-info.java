/**
 * Decides how builds and tasks are isolated from the node, from the results of preflights. Pure. Depends on {@code api},
 * {@code core.status}, {@code core.text}.
 */
@NullMarked
package dev.hearth.core.isolation;

import org.jspecify.annotations.NullMarked;
