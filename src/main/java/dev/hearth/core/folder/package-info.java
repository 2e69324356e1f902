/** Decides which folders of a container can be volumes. Pure. Depends on {@code api}, {@code core.testreport}. */
@NullMarked
package dev.hearth.core.folder;

import org.jspecify.annotations.NullMarked;
