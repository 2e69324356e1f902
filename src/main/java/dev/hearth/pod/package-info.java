/**
 * Builds what all pods and volumes of Hearth share: labels, frame, rules, network policies, claims. Pure. Depends on
 * {@code agent}, {@code api}, {@code core.buildcache}, {@code core.network}, {@code core.plan}, {@code core.status}.
 */
@NullMarked
package dev.hearth.pod;

import org.jspecify.annotations.NullMarked;
