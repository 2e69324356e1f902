/** Tests of the clients of forges, and servers that answer as forges do. */
@NullMarked
package dev.hearth.forge;

import org.jspecify.annotations.NullMarked;
