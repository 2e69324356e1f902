/**
 * Adds to the generated schemas of the custom resources what annotations cannot express. Used only by the build.
 * Depends on {@code api}.
 */
@NullMarked
package dev.hearth.api.schema;

import org.jspecify.annotations.NullMarked;
