/**
 * Reads matrices that a run computes, and assigns tests to shards. Depends on {@code api}, {@code budget},
 * {@code cluster}, {@code controller.run.context}, {@code controller.run.results}, {@code controller.support},
 * {@code core.plan}, {@code core.run}, {@code core.status}, {@code core.testreport}, {@code core.text}, {@code pod},
 * {@code pod.task}, {@code report}, {@code results}.
 */
@NullMarked
package dev.hearth.controller.run.matrix;

import org.jspecify.annotations.NullMarked;
