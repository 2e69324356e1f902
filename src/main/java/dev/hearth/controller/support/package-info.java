/**
 * What all controllers share: status writer, background work, owner references, indexes of the watches, containers for
 * registries. Depends on {@code api}, {@code cluster}, {@code cluster.storage}, {@code config}, {@code core.buildcache},
 * {@code core.plan}, {@code core.ref}, {@code core.retention}, {@code core.status}, {@code pod}, {@code pod.build},
 * {@code pod.observe}, {@code pod.registry}.
 */
@NullMarked
package dev.hearth.controller.support;

import org.jspecify.annotations.NullMarked;
