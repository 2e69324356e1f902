/**
 * Decides which run has a cache volume, what the volume starts from, and which generations and snapshots are kept. Pure.
 * Depends on {@code api}, {@code core.glob}, {@code core.plan}, {@code core.ref}, {@code core.status},
 * {@code core.text}.
 */
@NullMarked
package dev.hearth.core.buildcache;

import org.jspecify.annotations.NullMarked;
