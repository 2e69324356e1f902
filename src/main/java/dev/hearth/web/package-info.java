/**
 * Serves stored results over HTTP, to users whom the API server lets read them. Depends on {@code api}, {@code audit},
 * {@code cluster}, {@code results}.
 */
@NullMarked
package dev.hearth.web;

import org.jspecify.annotations.NullMarked;
