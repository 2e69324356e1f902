/**
 * Decides what a forge shows at the commits of runs, when that is compared, and for which runs its buttons and comments are. Pure.
 * Depends on {@code api}, {@code core.approval}, {@code core.ref}, {@code core.status}, {@code core.testreport}, {@code core.text},
 * {@code core.trigger}.
 */
@NullMarked
package dev.hearth.core.forge;

import org.jspecify.annotations.NullMarked;
