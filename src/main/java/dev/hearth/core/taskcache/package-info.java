/**
 * Decides what the cached directories of tasks start from, and which of their states are kept. Pure. Depends on
 * {@code api}, {@code core.buildcache}, {@code core.text}.
 */
@NullMarked
package dev.hearth.core.taskcache;

import org.jspecify.annotations.NullMarked;
