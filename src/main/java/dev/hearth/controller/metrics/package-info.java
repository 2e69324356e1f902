/**
 * Counts what happens to caches, and shows what there is of them. Depends on {@code api}, {@code controller.support},
 * {@code core.buildcache}, {@code core.metrics}, {@code core.text}.
 */
@NullMarked
package dev.hearth.controller.metrics;

import org.jspecify.annotations.NullMarked;
