/**
 * Sends HTTP requests to servers that pipelines name, within the operator's budget. The only package with an HTTP client.
 * Depends on {@code authority}, {@code budget}, {@code destination}, {@code proxy}.
 */
@NullMarked
package dev.hearth.http;

import org.jspecify.annotations.NullMarked;
