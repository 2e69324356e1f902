/**
 * Decides what a run does next: computes the status of each step and the actions from facts. Pure. Depends on {@code api},
 * {@code core.buildcache}, {@code core.isolation}, {@code core.plan}, {@code core.ref}, {@code core.status},
 * {@code core.testreport}, {@code core.text}, {@code core.trigger}.
 */
@NullMarked
package dev.hearth.core.run;

import org.jspecify.annotations.NullMarked;
