/**
 * Decides how BuildKit is called and reads what it answers. Pure; may depend on core and api.
 */
@NullMarked
package dev.hearth.buildkit;

import org.jspecify.annotations.NullMarked;
