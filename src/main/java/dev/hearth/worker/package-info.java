/**
 * The program of the operator's image that runs in pods: uploads and fetches artifacts. Depends on {@code budget},
 * {@code registry}.
 */
@NullMarked
package dev.hearth.worker;

import org.jspecify.annotations.NullMarked;
