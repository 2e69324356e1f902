/**
 * Decides what a run does next: facts and an instant in, step states and actions out. Pure; may depend on api, plan, status and diagnosis.
 */
@NullMarked
package dev.hearth.core.run;

import org.jspecify.annotations.NullMarked;
