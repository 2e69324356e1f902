/**
 * Decides what a repository says of its refs and history. The only user of JGit; may depend on budget, destination and
 * core.
 */
@NullMarked
package dev.hearth.git;

import org.jspecify.annotations.NullMarked;
