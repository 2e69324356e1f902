/**
 * Collects logs, traces, test reports and outputs of steps, and masks secrets in them. Depends on {@code agent}, {@code api},
 * {@code buildkit}, {@code cluster}, {@code controller.access}, {@code controller.run.context}, {@code controller.support},
 * {@code core.plan}, {@code core.run}, {@code core.secret}, {@code core.status}, {@code core.taskcache},
 * {@code core.testreport}, {@code core.text}, {@code pod}, {@code pod.build}, {@code pod.observe}, {@code pod.task},
 * {@code report}, {@code results}.
 */
@NullMarked
package dev.hearth.controller.run.results;

import org.jspecify.annotations.NullMarked;
