/** Stores logs and files of runs in a folder until the run is deleted. Depends on {@code core.text}. */
@NullMarked
package dev.hearth.results;

import org.jspecify.annotations.NullMarked;
