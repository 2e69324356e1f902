/**
 * The facts about a run that are resolved once per reconciliation. Depends on {@code api}, {@code cluster.storage},
 * {@code controller.support}, {@code core.plan}, {@code core.ref}, {@code core.text}, {@code pod}, {@code pod.observe}.
 */
@NullMarked
package dev.hearth.controller.run.context;

import org.jspecify.annotations.NullMarked;
