/**
 * The controller of CachePolicies: keeps caches within their limits and reports on them. Depends on {@code api},
 * {@code cluster}, {@code cluster.storage}, {@code config}, {@code controller.retention}, {@code controller.support},
 * {@code core.buildcache}, {@code core.isolation}, {@code core.retention}, {@code core.status}, {@code pod}.
 */
@NullMarked
package dev.hearth.controller.policy;

import org.jspecify.annotations.NullMarked;
