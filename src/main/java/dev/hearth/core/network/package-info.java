/** IP address ranges, and which of them steps and configured hosts must not reach. Pure; depends on nothing. */
@NullMarked
package dev.hearth.core.network;

import org.jspecify.annotations.NullMarked;
