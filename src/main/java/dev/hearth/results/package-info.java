/**
 * Keeps what is left of a run's steps, logs and files, in a folder until the run goes. May depend on core and api.
 */
@NullMarked
package dev.hearth.results;

import org.jspecify.annotations.NullMarked;
