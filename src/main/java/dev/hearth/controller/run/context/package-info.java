/**
 * The facts about a run that are resolved once per reconciliation. Depends on {@code api}, {@code cluster.storage},
 * {@code core.plan}, {@code core.ref}, {@code core.text}, {@code pod.observe}.
 */
@NullMarked
package dev.hearth.controller.run.context;

import org.jspecify.annotations.NullMarked;
