/**
 * What all controllers share: the one status writer, background work, owner references, meters. May depend on api, core and cluster.
 */
@NullMarked
package dev.hearth.controller.support;

import org.jspecify.annotations.NullMarked;
