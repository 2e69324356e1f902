/** The HTTP proxy of the process, and which hosts are reached without it. Depends on {@code core.network}. */
@NullMarked
package dev.hearth.proxy;

import org.jspecify.annotations.NullMarked;
