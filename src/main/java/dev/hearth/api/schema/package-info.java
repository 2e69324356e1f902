/**
 * Completes the generated schemas of the custom resources where annotations cannot. Used by the build alone. Depends on
 * {@code api}.
 */
@NullMarked
package dev.hearth.api.schema;

import org.jspecify.annotations.NullMarked;
