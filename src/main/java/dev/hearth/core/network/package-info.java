/** IP address ranges, and which of them steps and configured hosts must not reach. Pure. Depends on no other package. */
@NullMarked
package dev.hearth.core.network;

import org.jspecify.annotations.NullMarked;
