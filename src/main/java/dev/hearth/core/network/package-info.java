/** Which addresses somebody else's code, and what somebody else names, may lead to. Pure; depends on nothing. */
@NullMarked
package dev.hearth.core.network;

import org.jspecify.annotations.NullMarked;
