/**
 * Reads what the collector of a task's pod reports: files, tests and their durations. Trusts none of it. Depends on
 * {@code core.taskcache}, {@code core.testreport}.
 */
@NullMarked
package dev.hearth.report;

import org.jspecify.annotations.NullMarked;
