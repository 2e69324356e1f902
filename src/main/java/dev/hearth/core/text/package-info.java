/** Text of strangers made safe to show, and texts of sizes, durations and statuses. Pure. Depends on no other package. */
@NullMarked
package dev.hearth.core.text;

import org.jspecify.annotations.NullMarked;
