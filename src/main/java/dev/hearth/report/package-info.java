/**
 * Reads what a task's pod keeps of it: its report files, its tests, and how long they took. Whatever a task wrote is read
 * within limits and never trusted; may depend on core and api.
 */
@NullMarked
package dev.hearth.report;

import org.jspecify.annotations.NullMarked;
