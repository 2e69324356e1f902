/**
 * Evaluates test reports: the summary in a status, flaky tests, and shards. Pure. Depends on {@code api},
 * {@code core.glob}, {@code core.plan}, {@code core.text}.
 */
@NullMarked
package dev.hearth.core.testreport;

import org.jspecify.annotations.NullMarked;
