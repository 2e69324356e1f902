/** What {@code make demo} shows and {@code make bench} measures. */
@NullMarked
package dev.hearth.demo;

import org.jspecify.annotations.NullMarked;
