/** Trusts certificate authorities that users name for a server. Depends on no other package. */
@NullMarked
package dev.hearth.authority;

import org.jspecify.annotations.NullMarked;
