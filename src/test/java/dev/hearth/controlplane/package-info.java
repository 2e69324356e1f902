/**
 * An API server without a node: a fake kubelet plays pods, a fake driver makes volumes, and the operator under test is a
 * process behind a proxy that counts its requests. May depend on everything.
 */
@NullMarked
package dev.hearth.controlplane;

import org.jspecify.annotations.NullMarked;
