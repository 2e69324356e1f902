/**
 * Serves stored results over HTTP, to users who may read them by the API server. Depends on {@code api}, {@code audit},
 * {@code cluster}, {@code results}.
 */
@NullMarked
package dev.hearth.web;

import org.jspecify.annotations.NullMarked;
