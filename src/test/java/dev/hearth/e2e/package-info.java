/** Hearth as its users meet it: resources applied to a real cluster, pods that run. */
@NullMarked
package dev.hearth.e2e;

import org.jspecify.annotations.NullMarked;
