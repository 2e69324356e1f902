/**
 * Reads the reports of a task pod: collected files, tests and their durations. Does not trust their content. Depends on
 * {@code agent}, {@code core.taskcache}, {@code core.testreport}, {@code core.text}.
 */
@NullMarked
package dev.hearth.report;

import org.jspecify.annotations.NullMarked;
