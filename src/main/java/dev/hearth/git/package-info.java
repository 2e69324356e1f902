/**
 * Reads refs, history and files of repositories. The only user of JGit. Depends on {@code authority}, {@code budget},
 * {@code core.glob}, {@code core.ref}, {@code destination}.
 */
@NullMarked
package dev.hearth.git;

import org.jspecify.annotations.NullMarked;
