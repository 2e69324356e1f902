/**
 * The controller of PipelineRuns: resolves the commit of a run, and runs its steps. Depends on {@code api}, {@code audit},
 * {@code buildkit}, {@code cluster}, {@code cluster.storage}, {@code config}, {@code controller.access},
 * {@code controller.run.context}, {@code controller.run.matrix}, {@code controller.run.pods},
 * {@code controller.run.results}, {@code controller.support}, {@code core.approval}, {@code core.buildcache},
 * {@code core.glob}, {@code core.isolation}, {@code core.network}, {@code core.plan}, {@code core.ref},
 * {@code core.retention}, {@code core.run}, {@code core.secret}, {@code core.status}, {@code core.text},
 * {@code core.trigger}, {@code core.validation}, {@code definition}, {@code forge}, {@code git}, {@code pod},
 * {@code pod.build}, {@code pod.observe}.
 */
@NullMarked
package dev.hearth.controller.run;

import org.jspecify.annotations.NullMarked;
