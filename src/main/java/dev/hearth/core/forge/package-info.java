/**
 * Decides what a forge shows at the commits of runs, and when that is compared. Pure. Depends on {@code api},
 * {@code core.approval}, {@code core.ref}, {@code core.status}, {@code core.testreport}, {@code core.text}, {@code core.trigger}.
 */
@NullMarked
package dev.hearth.core.forge;

import org.jspecify.annotations.NullMarked;
