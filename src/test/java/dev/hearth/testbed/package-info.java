/** The real cluster that tests and the demo run on. */
@NullMarked
package dev.hearth.testbed;

import org.jspecify.annotations.NullMarked;
