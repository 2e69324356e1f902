/**
 * The pods of tasks, and of what prepares, collects and uploads files for them. Pure. Depends on {@code agent}, {@code api},
 * {@code core.folder}, {@code core.taskcache}, {@code core.testreport}, {@code core.text}, {@code pod},
 * {@code pod.registry}.
 */
@NullMarked
package dev.hearth.pod.task;

import org.jspecify.annotations.NullMarked;
