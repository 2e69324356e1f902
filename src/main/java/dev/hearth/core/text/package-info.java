/** Makes untrusted text safe to show, shortens texts, and formats sizes and durations. Pure. Depends on no other package. */
@NullMarked
package dev.hearth.core.text;

import org.jspecify.annotations.NullMarked;
