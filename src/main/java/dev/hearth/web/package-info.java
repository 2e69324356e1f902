/**
 * Serves what is kept of runs over HTTP, to those whom Kubernetes lets read them. May depend on cluster, results, audit, core and
 * api.
 */
@NullMarked
package dev.hearth.web;

import org.jspecify.annotations.NullMarked;
