/**
 * The custom resources: their specs, their statuses, and the rules that the API server checks. Data only.
 * Depends on no other package.
 */
@NullMarked
package dev.hearth.api;

import org.jspecify.annotations.NullMarked;
