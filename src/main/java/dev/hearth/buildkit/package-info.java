/**
 * Builds BuildKit's command lines and configuration, and reads what its containers report. Pure. Depends on {@code api},
 * {@code core.buildcache}, {@code core.plan}, {@code core.run}, {@code core.status}, {@code core.text}.
 */
@NullMarked
package dev.hearth.buildkit;

import org.jspecify.annotations.NullMarked;
