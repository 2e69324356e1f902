@NullMarked
package dev.hearth.budget;

import org.jspecify.annotations.NullMarked;
