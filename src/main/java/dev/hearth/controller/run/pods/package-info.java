/**
 * Builds the pods of a run with the settings of this installation, and remembers which of them the API server rejected.
 * Depends on {@code agent}, {@code api}, {@code buildkit}, {@code cluster}, {@code cluster.preflight}, {@code cluster.storage},
 * {@code config}, {@code controller.access}, {@code controller.preflight}, {@code controller.run.context},
 * {@code controller.run.matrix}, {@code controller.support}, {@code core.buildcache}, {@code core.isolation},
 * {@code core.plan}, {@code core.ref}, {@code core.retention}, {@code core.run}, {@code core.secret}, {@code core.status},
 * {@code core.taskcache}, {@code core.text}, {@code pod}, {@code pod.build}, {@code pod.preflight}, {@code pod.registry}, {@code pod.task}.
 */
@NullMarked
package dev.hearth.controller.run.pods;

import org.jspecify.annotations.NullMarked;
