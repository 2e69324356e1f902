/** Creates the certificates that the operator serves with. Reads no clock. Depends on no other package. */
@NullMarked
package dev.hearth.certificate;

import org.jspecify.annotations.NullMarked;
