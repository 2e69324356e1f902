/**
 * Decides which Secrets a pipeline may use. Pure; may depend on api, diagnosis and trust.
 */
@NullMarked
package dev.hearth.core.secret;

import org.jspecify.annotations.NullMarked;
