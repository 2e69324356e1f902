/**
 * Decides which runs a change of refs starts. Pure; may depend on api, plan, trust and diagnosis.
 */
@NullMarked
package dev.hearth.core.trigger;

import org.jspecify.annotations.NullMarked;
