/**
 * Decides what an image index says and tags it, and keeps artifacts as images. The only user of ORAS; may depend on nothing
 * of Hearth.
 */
@NullMarked
package dev.hearth.registry;

import org.jspecify.annotations.NullMarked;
