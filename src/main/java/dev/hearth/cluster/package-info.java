/**
 * The only user of the Kubernetes client outside of the controllers' caches: single reads, logs, ledgers, events,
 * VolumeSnapshots. May depend on pod, budget, core and api.
 */
@NullMarked
package dev.hearth.cluster;

import org.jspecify.annotations.NullMarked;
