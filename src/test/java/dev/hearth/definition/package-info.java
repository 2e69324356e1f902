@NullMarked
package dev.hearth.definition;

import org.jspecify.annotations.NullMarked;
