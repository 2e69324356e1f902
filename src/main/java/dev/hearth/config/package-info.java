/** The settings of an installation. Depends on {@code api}, {@code cluster}. */
@NullMarked
package dev.hearth.config;

import org.jspecify.annotations.NullMarked;
