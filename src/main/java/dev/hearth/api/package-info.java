/**
 * The custom resources: what people write and what Hearth answers, with the rules that the API server checks. Data
 * only; may depend on the Kubernetes model and its schema annotations.
 */
@NullMarked
package dev.hearth.api;

import org.jspecify.annotations.NullMarked;
