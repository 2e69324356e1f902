/**
 * Decides what a build's last words mean. Pure; may depend on nothing of Hearth.
 */
@NullMarked
package dev.hearth.core.diagnosis;

import org.jspecify.annotations.NullMarked;
