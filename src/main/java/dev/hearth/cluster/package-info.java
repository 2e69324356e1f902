/**
 * Reads and writes objects in the API server, outside of the controllers' watches. Depends on {@code api},
 * {@code budget}, {@code core.network}, {@code core.plan}, {@code core.status}, {@code core.sweep},
 * {@code core.text}, {@code core.trigger}, {@code core.validation}, {@code pod}, {@code pod.observe}.
 */
@NullMarked
package dev.hearth.cluster;

import org.jspecify.annotations.NullMarked;
