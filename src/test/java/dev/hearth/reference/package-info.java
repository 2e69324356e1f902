/** The pages of docs/reference that are generated from the sources, and checks that they are up to date. */
@NullMarked
package dev.hearth.reference;

import org.jspecify.annotations.NullMarked;
