/**
 * Decides what the generated schema looks like where annotations cannot say it. Used by the build alone.
 */
@NullMarked
package dev.hearth.api.schema;

import org.jspecify.annotations.NullMarked;
