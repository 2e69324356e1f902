/**
 * Decides what test reports mean: what a status says of them, which tests are flaky, and which shard runs which test.
 * Pure; may depend on api.
 */
@NullMarked
package dev.hearth.core.tests;

import org.jspecify.annotations.NullMarked;
