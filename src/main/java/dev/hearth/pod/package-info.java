/**
 * Decides what pods and volumes look like, and what a pod says of its steps. Pure; may depend on buildkit, core and api.
 */
@NullMarked
package dev.hearth.pod;

import org.jspecify.annotations.NullMarked;
