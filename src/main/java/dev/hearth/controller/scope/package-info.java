/**
 * The controller of CacheScopes: manages the volumes of a scope, their generations and their snapshots. Depends on
 * {@code api}, {@code audit}, {@code buildkit}, {@code cluster}, {@code cluster.storage}, {@code config},
 * {@code controller.metrics}, {@code controller.preflight}, {@code controller.support}, {@code core.buildcache},
 * {@code core.isolation}, {@code core.metrics}, {@code core.plan}, {@code core.ref}, {@code core.run}, {@code core.status},
 * {@code core.taskcache}, {@code core.text}, {@code pod}, {@code pod.build}, {@code pod.observe}, {@code pod.task},
 * {@code report}.
 */
@NullMarked
package dev.hearth.controller.scope;

import org.jspecify.annotations.NullMarked;
