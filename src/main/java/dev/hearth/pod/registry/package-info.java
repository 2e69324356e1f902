/**
 * The containers and pods in which the agent works with registries: they push and copy artifacts, publish images, and delete
 * artifacts. Pure. Depends on {@code agent}, {@code pod}.
 */
@NullMarked
package dev.hearth.pod.registry;

import org.jspecify.annotations.NullMarked;
