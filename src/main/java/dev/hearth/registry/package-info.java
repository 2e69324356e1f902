/**
 * Decides what an image index says and tags it, and keeps artifacts as images. The only one with an HTTP client; may depend
 * on budget and destination.
 */
@NullMarked
package dev.hearth.registry;

import org.jspecify.annotations.NullMarked;
