/** Makes the certificates that the operator serves with. Depends on no other package and reads no clock. */
@NullMarked
package dev.hearth.certificate;

import org.jspecify.annotations.NullMarked;
