/**
 * Decides the initial content of task caches, and which of their states are retained. Pure. Depends on
 * {@code api}, {@code core.buildcache}, {@code core.text}.
 */
@NullMarked
package dev.hearth.core.taskcache;

import org.jspecify.annotations.NullMarked;
