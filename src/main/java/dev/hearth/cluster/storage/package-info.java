/**
 * Chooses storage for volumes, and reads and writes claims and VolumeSnapshots. Depends on {@code api}, {@code cluster},
 * {@code core.buildcache}, {@code core.plan}, {@code core.status}, {@code pod}.
 */
@NullMarked
package dev.hearth.cluster.storage;

import org.jspecify.annotations.NullMarked;
