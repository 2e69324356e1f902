/**
 * The controller of Pipelines: follows refs, starts runs and removes finished ones. Depends on {@code api}, {@code cluster},
 * {@code cluster.storage}, {@code controller.access}, {@code controller.retention},
 * {@code controller.support}, {@code core.approval}, {@code core.forge}, {@code core.plan}, {@code core.ref},
 * {@code core.retention}, {@code core.secret}, {@code core.status}, {@code core.testreport}, {@code core.text},
 * {@code core.trigger}, {@code core.validation}, {@code forge}, {@code git}, {@code pod}, {@code pod.observe},
 * {@code pod.registry}.
 */
@NullMarked
package dev.hearth.controller.pipeline;

import org.jspecify.annotations.NullMarked;
