/**
 * Reads definitions, the files of repositories that say what to build and test, and puts them into the spec of their pipeline.
 * Pure. Depends on {@code api}, {@code core.text}.
 */
@NullMarked
package dev.hearth.definition;

import org.jspecify.annotations.NullMarked;
